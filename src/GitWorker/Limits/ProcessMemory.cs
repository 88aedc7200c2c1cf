using System.Runtime.InteropServices;

namespace CodeRepoOperator.GitWorker.Limits;

/// <summary>
/// Holds this process to an amount of memory: a pack of some kilobytes can ask for gigabytes, and the system's own response to that
/// may end the operator too, with which the container is shared. And keeps what it holds, credentials among it, off the disk.
/// </summary>
internal static unsafe partial class ProcessMemory
{
    // RLIMIT_CPU of Linux: seconds of processor time.
    private const int Cpu = 0;

    // RLIMIT_DATA of Linux: memory that can be written and is private. The collector's reservations and mapped packs don't count.
    private const int Data = 2;

    // RLIMIT_CORE of Linux: how much of the memory is written to a file when the process crashes.
    private const int Core = 4;

    /// <summary>From here on, memory beyond the limit is refused to whoever asks for it.</summary>
    public static void Limit(long bytes) => Limit(Data, (ulong)bytes);

    /// <summary>Once it has worked for so long on all processors together, the system ends this process by SIGXCPU.</summary>
    public static void LimitCpu(TimeSpan time) => Limit(Cpu, (ulong)Math.Ceiling(time.TotalSeconds));

    /// <summary>From here on, a crash leaves no core dump.</summary>
    public static void KeepOffDisk() => Limit(Core, 0);

    private static void Limit(int resource, ulong value)
    {
        // The processor's hard limit ends without a word (SIGKILL), and does so at once when it is the same.
        var both = stackalloc ulong[] { value, resource == Cpu ? value + 5 : value };
        if (setrlimit(resource, both) != 0)
        {
            throw new InvalidOperationException($"The process can't be limited: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* limits);
}

using System.Runtime.InteropServices;

namespace CodeRepoOperator.GitWorker;

/// <summary>
/// Holds this process to an amount of memory: a pack of some kilobytes can ask for gigabytes, and the system's own answer to that
/// may end the operator too, with which the container is shared. And keeps what it holds, credentials among it, off the disk.
/// </summary>
internal static unsafe partial class ProcessMemory
{
    // RLIMIT_DATA of Linux: memory that can be written and is private. The collector's reservations and mapped packs don't count.
    private const int Data = 2;

    // RLIMIT_CORE of Linux: how much of the memory is written to a file when the process crashes.
    private const int Core = 4;

    /// <summary>From here on, memory beyond the limit is refused to whoever asks for it.</summary>
    public static void Limit(long bytes) => Limit(Data, (ulong)bytes);

    /// <summary>From here on, a crash leaves no core dump.</summary>
    public static void KeepOffDisk() => Limit(Core, 0);

    private static void Limit(int resource, ulong value)
    {
        var both = stackalloc ulong[] { value, value };
        if (setrlimit(resource, both) != 0)
        {
            throw new InvalidOperationException($"The memory can't be limited: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* limits);
}

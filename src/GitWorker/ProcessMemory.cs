using System.Runtime.InteropServices;

namespace CodeRepoOperator.GitWorker;

/// <summary>
/// Holds this process to an amount of memory: a pack of some kilobytes can ask for gigabytes, and the system's own answer to that
/// may end the operator too, with which the container is shared.
/// </summary>
internal static unsafe partial class ProcessMemory
{
    // RLIMIT_DATA of Linux: memory that can be written and is private. The collector's reservations and mapped packs don't count.
    private const int Data = 2;

    /// <summary>From here on, memory beyond the limit is refused to whoever asks for it.</summary>
    public static void Limit(long bytes)
    {
        var both = stackalloc ulong[] { (ulong)bytes, (ulong)bytes };
        if (setrlimit(Data, both) != 0)
        {
            throw new InvalidOperationException($"The memory can't be limited: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* limits);
}

using System.Runtime.InteropServices;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>
/// File descriptors of this process: files, connections and pipes of git workers all take from one limit, and whoever asks for one too many
/// fails wherever it is. So listeners leave a reserve to the work.
/// </summary>
internal static partial class Descriptors
{
    private const int OfFiles = 7; // RLIMIT_NOFILE
    private const int MostReserved = 1024;

    /// <summary>A process takes some hundred for itself, and clones, checks and archives some dozens each.</summary>
    private const int OwnUse = 512;

    /// <summary>However low the limit is, a listener takes this many connections.</summary>
    private const int FewestConnections = 16;

    private const string OpenOnes = "/proc/self/fd";

    /// <summary>How many descriptors the process may have open at once.</summary>
    public static int Limit =>
        getrlimit(OfFiles, out var limit) == 0 ? (int)Math.Min(limit.Soft, int.MaxValue) : FewestConnections + OwnUse + MostReserved;

    /// <summary>How many are open. Where there is none left to look with, all of them are.</summary>
    public static int Open
    {
        get
        {
            try
            {
                return Directory.EnumerateFileSystemEntries(OpenOnes).Count();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return Limit;
            }
        }
    }

    /// <summary>Raises the limit to what the system lets the process have, whatever started it.</summary>
    public static void RaiseLimit()
    {
        if (getrlimit(OfFiles, out var limit) == 0 && limit.Soft < limit.Hard)
        {
            // Refused: the limit stays as it is, and the gauge shows it.
            _ = setrlimit(OfFiles, limit with { Soft = limit.Hard });
        }
    }

    /// <summary>How many of the limit no listener takes.</summary>
    /// <param name="limit">The limit of the process.</param>
    public static int Reserve(int limit) => Math.Min(MostReserved, limit / 4);

    /// <summary>How many connections a listener may have at most, so that the reserve stays whole.</summary>
    /// <param name="desired">How many it is to have.</param>
    /// <param name="limit">The limit of the process.</param>
    public static int Connections(int desired, int limit) =>
        Math.Min(desired, Math.Max(FewestConnections, limit - Reserve(limit) - OwnUse));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, in ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}

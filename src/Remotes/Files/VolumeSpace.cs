using System.Text;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>How much room a file system has: <c>statvfs</c>, as an unprivileged process may use it.</summary>
/// <param name="Bytes">In all.</param>
/// <param name="UsedBytes">In use, without what is kept for root.</param>
/// <param name="FreeBytes">Left for an unprivileged process.</param>
/// <param name="Inodes">
/// Files and directories that it can hold in all; 0: it has no fixed number (btrfs, some network file systems).
/// </param>
/// <param name="FreeInodes">Files and directories that can still be made; 0 where <paramref name="Inodes"/> is.</param>
internal sealed record VolumeSpace(long Bytes, long UsedBytes, long FreeBytes, long Inodes, long FreeInodes)
{
    // Below a thousandth of all inodes the next directory of a clone finds none.
    private const int NearlyNone = 1000;

    /// <summary>Whether the file system has a number of files and directories that it can't exceed.</summary>
    public bool HasInodes => Inodes > 0;

    /// <summary>Looks at the file system of a path.</summary>
    /// <exception cref="IOException">It could not be looked at.</exception>
    public static VolumeSpace Of(string path)
    {
        if (StatVfs([.. Encoding.UTF8.GetBytes(path), 0], out var found) != 0)
        {
            throw NativeFile.LastError($"look at the file system of {path}");
        }

        // Some file systems report "any number" as -1.
        var (inodes, freeInodes) = ((long)found.Inodes, (long)found.FreeInodes);
        return new VolumeSpace(
            Product(found.Blocks, found.FragmentSize),
            Product(found.Blocks - Math.Min(found.FreeBlocks, found.Blocks), found.FragmentSize),
            Product(found.AvailableBlocks, found.FragmentSize),
            Math.Max(inodes, 0),
            inodes <= 0 ? 0 : Math.Clamp(freeInodes, 0, inodes)
        );
    }

    /// <summary>
    /// The failure of a full file system, which says of what there is no more; the failure as it is where that can't be found out.
    /// </summary>
    public static CloneFailure Explain(CloneFailure failure, string path)
    {
        try
        {
            return
                failure == CloneFailure.StoreFull
                && Of(path) is { HasInodes: true } space
                && space.FreeInodes < Math.Max(space.Inodes / NearlyNone, 1)
                ? CloneFailure.NoInodes
                : failure;
        }
        catch (IOException)
        {
            return failure;
        }
    }

    private static long Product(ulong blocks, ulong size) => (long)UInt128.Min((UInt128)blocks * size, long.MaxValue);

    private static unsafe int StatVfs(ReadOnlySpan<byte> path, out Libc.FileSystemStatus found)
    {
        fixed (byte* name = path)
        fixed (Libc.FileSystemStatus* result = &found)
        {
            return Libc.statvfs(name, result);
        }
    }
}

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What a clone takes on the volume.</summary>
/// <param name="Bytes">On disk, whole blocks, rounded up to those of 4 KiB.</param>
/// <param name="Files">Inodes: files and directories, those of <c>.git</c> included.</param>
/// <param name="SharedBytes">Of the bytes, those of files that the clone it was made from has too, as hard links.</param>
/// <param name="SharedFiles">Of the inodes, those that the clone it was made from has too.</param>
internal sealed record CloneSize(long Bytes, long Files, long SharedBytes = 0, long SharedFiles = 0)
{
    /// <summary>What a directory takes on disk, in bytes, and what sizes are rounded up to: the block of nearly all file systems.</summary>
    public const int Block = 4096;

    /// <summary>
    /// Inodes of <c>.git</c> beside the packs: what <c>git init</c> makes, refs, index, marker; measured 25 and rounded up. The least that
    /// a clone takes.
    /// </summary>
    public const int GitFiles = 32;

    /// <summary>Both together.</summary>
    public CloneSize Plus(CloneSize? other) =>
        other is null
            ? this
            : new CloneSize(Bytes + other.Bytes, Files + other.Files, SharedBytes + other.SharedBytes, SharedFiles + other.SharedFiles);

    /// <summary>A size on disk.</summary>
    public static long OnDisk(long length) => (length + Block - 1) / Block * Block;
}

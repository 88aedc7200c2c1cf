namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>
/// Git's index as gitformat-index describes it: a header, entries in the order of their paths, extensions, a checksum. Numbers are
/// big-endian.
/// </summary>
internal static class IndexFormat
{
    /// <summary>Signature, version, number of entries.</summary>
    public const int HeaderLength = 12;

    public const int VersionOffset = 4;

    public const int CountOffset = 8;

    /// <summary>Of an entry, before its path: ten numbers, the object's name, the flags.</summary>
    public const int FixedLength = 62;

    public const int IdOffset = 40;

    /// <summary>Of the name of an object, by SHA-1.</summary>
    public const int IdLength = 20;

    public const int FlagsOffset = 60;

    /// <summary>Of the flags that follow the first ones where these say so, from version 3 on.</summary>
    public const int ExtendedFlagsLength = 2;

    public const int IsExtended = 0x4000;

    /// <summary>In the extended flags: what is not in the working tree of a sparse clone.</summary>
    public const int SkipWorktree = 0x4000;

    public const int StageMask = 0x3000;

    public const int StageShift = 12;

    /// <summary>In the flags: a path that is longer has this for its length.</summary>
    public const int LongestLength = 0xFFF;

    /// <summary>Of the checksum at the end, by SHA-1.</summary>
    public const int ChecksumLength = 20;

    /// <summary>Of an index without entries, in bytes.</summary>
    public const int EmptyLength = HeaderLength + ChecksumLength;

    /// <summary>
    /// The version that clones are published with. Git writes version 3 where an entry has extended flags, and 4 when it is asked to.
    /// </summary>
    public const uint Version = 2;

    /// <summary>The version that sparse clones are published with: the first with extended flags.</summary>
    public const uint ExtendedVersion = 3;

    /// <summary>From this version on, a path is what distinguishes it from the one before it, and no entry is padded.</summary>
    public const uint FirstWithoutPadding = 4;

    private const int Alignment = 8;

    public static ReadOnlySpan<byte> Signature => "DIRC"u8;

    /// <summary>What an entry takes up to version 3: with at least one NUL after its path, up to the next multiple of eight.</summary>
    /// <param name="beforePath">Bytes before its path.</param>
    /// <param name="pathLength">Bytes of its path.</param>
    public static int PaddedLength(int beforePath, int pathLength) => (beforePath + pathLength + Alignment) / Alignment * Alignment;
}

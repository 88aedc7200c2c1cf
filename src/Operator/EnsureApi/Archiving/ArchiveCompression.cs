namespace CodeRepoOperator.EnsureApi.Archiving;

/// <summary>How archives are compressed.</summary>
internal static class ArchiveCompression
{
    /// <summary>Of zlib, from 1 (quick) to 9 (small).</summary>
    public const int Level = 6;
}

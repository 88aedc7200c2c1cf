namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// Recognises what Git LFS commits in place of a file (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
/// </summary>
internal static class LfsPointer
{
    /// <summary>In bytes: a pointer is shorter.</summary>
    public const int MaximumLength = 1024;

    /// <summary>Whether a file is one.</summary>
    public static bool Is(ReadOnlySpan<byte> content) =>
        content.Length < MaximumLength && content.StartsWith("version https://git-lfs.github.com/spec/v1\n"u8);
}

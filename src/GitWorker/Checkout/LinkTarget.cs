namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>Where the content of a blob makes a symbolic link lead.</summary>
internal static class LinkTarget
{
    /// <summary>What comes before the first NUL, for there a path ends.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> content) =>
        content.IndexOf((byte)0) is >= 0 and var end ? content[..end] : content;
}

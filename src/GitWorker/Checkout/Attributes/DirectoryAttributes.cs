namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>
/// The attributes that hold for the files of a directory: its own <c>.gitattributes</c>, or that of one above, and those above that.
/// </summary>
/// <param name="Rules">What the file says.</param>
/// <param name="PathStart">Where the paths begin that its patterns are compared with: behind its own directory.</param>
/// <param name="Above">What has less weight; null: nothing.</param>
internal sealed record DirectoryAttributes(AttributeRules Rules, int PathStart, DirectoryAttributes? Above)
{
    /// <summary>Whether any line of them can have the content of a file changed.</summary>
    public bool Convert { get; } = Rules.Converts || Above is { Convert: true };
}

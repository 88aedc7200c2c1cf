namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>What a piece of a <see cref="Glob"/> matches.</summary>
internal enum GlobTokenKind
{
    /// <summary>One byte.</summary>
    Literal,

    /// <summary>One byte of a set.</summary>
    OneOf,

    /// <summary>Any number of bytes but slashes.</summary>
    InDirectory,

    /// <summary>Any number of bytes.</summary>
    Anything,

    /// <summary>Nothing, or anything up to a slash: <c>**/</c>.</summary>
    Directories,
}

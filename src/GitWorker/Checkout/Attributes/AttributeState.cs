namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>What gitattributes(5) calls the state of an attribute for a path.</summary>
internal enum AttributeState
{
    /// <summary>No line has spoken of it yet.</summary>
    Unknown,

    /// <summary><c>!attr</c>: as if no line had, whatever lines of less weight say.</summary>
    Unspecified,

    /// <summary><c>-attr</c>.</summary>
    Unset,

    /// <summary><c>attr</c>.</summary>
    Set,

    /// <summary><c>attr=value</c>.</summary>
    Value,
}

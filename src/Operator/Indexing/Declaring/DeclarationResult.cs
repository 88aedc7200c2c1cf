namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>What came of a step: the label <c>result</c>.</summary>
internal enum DeclarationResult
{
    /// <summary>A CodeRepo was made.</summary>
    Created,

    /// <summary>A CodeRepo was changed.</summary>
    Updated,

    /// <summary>A CodeRepo was deleted, or left to people.</summary>
    Pruned,

    /// <summary>The API server refused, or did not respond.</summary>
    Failed,
}

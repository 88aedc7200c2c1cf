namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// What a clone proves about a CodeRepo's access to the repository that its <c>git_url</c> names: anybody may write a URL, and the rows of
/// that repository are not anybody's.
/// </summary>
internal enum ProvenAccess
{
    /// <summary>No clone of it.</summary>
    None,

    /// <summary>
    /// A clone of it that was made with credentials for all namespaces, or by a proxy that may have led elsewhere: it counts where the
    /// administrator maps namespaces to rows.
    /// </summary>
    Shared,

    /// <summary>A clone of it that was made with credentials of its namespace, or without any, which everybody could have.</summary>
    Own,
}

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>What a CodeRepo has to show for the rows of the repository that its <c>git_url</c> names: anybody may write a URL.</summary>
internal enum RowClaim
{
    /// <summary>No clone of it.</summary>
    None,

    /// <summary>A clone of it that was made with credentials for all namespaces: it counts where the administrator maps namespaces to rows.</summary>
    Shared,

    /// <summary>A clone of it that was made with credentials of its namespace, or without any, which everybody could have.</summary>
    Own,
}

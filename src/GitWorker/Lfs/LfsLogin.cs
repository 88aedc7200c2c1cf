namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>What <c>git-lfs-authenticate</c> responds over SSH: where the server is, and how it knows who asks.</summary>
internal sealed class LfsLogin
{
    /// <summary>The server; null: where it is usually.</summary>
    public string? Href { get; set; }

    /// <summary>Headers of each question.</summary>
    public IReadOnlyDictionary<string, string>? Header { get; set; }
}

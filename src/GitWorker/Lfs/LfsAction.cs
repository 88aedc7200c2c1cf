namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Where a file can be fetched, as the server says.</summary>
internal sealed class LfsAction
{
    public string? Href { get; set; }

    /// <summary>Headers of the request.</summary>
    public IReadOnlyDictionary<string, string>? Header { get; set; }
}

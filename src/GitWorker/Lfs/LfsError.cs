namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Why the server does not give a file.</summary>
internal sealed class LfsError
{
    /// <summary>As an HTTP status.</summary>
    public int Code { get; set; }

    public string? Message { get; set; }
}

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>
/// The server's response to a question for files (https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md).
/// </summary>
internal sealed class LfsBatch
{
    /// <summary>How they are fetched; null: as always, over HTTP.</summary>
    public string? Transfer { get; set; }

    /// <summary>What names a file; null: SHA-256.</summary>
    public string? HashAlgo { get; set; }

    public IReadOnlyList<LfsBatchObject>? Objects { get; set; }

    /// <summary>What is wrong, where something is.</summary>
    public string? Message { get; set; }
}

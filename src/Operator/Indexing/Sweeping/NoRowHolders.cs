namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Nobody looks after the holders of rows: their silence alone counts.</summary>
internal sealed class NoRowHolders : IRowHolders
{
    /// <inheritdoc />
    public string? Prefix => null;

    /// <inheritdoc />
    public Task<IReadOnlyCollection<string>> GoneAsync(IReadOnlyCollection<string> holders, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyCollection<string>>([]);
}

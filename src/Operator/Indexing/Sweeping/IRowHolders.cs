namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Those who hold rows and may be gone without a word.</summary>
internal interface IRowHolders
{
    /// <summary>What those begin with that anybody looks after; null: nobody does, and none is known to be gone.</summary>
    string? Prefix { get; }

    /// <summary>Finds those that are gone for certain.</summary>
    /// <param name="holders">What rows say of their holders.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<IReadOnlyCollection<string>> GoneAsync(IReadOnlyCollection<string> holders, CancellationToken cancellationToken);
}

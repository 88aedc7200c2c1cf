namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Those who hold rows and may be gone without a word.</summary>
internal interface IRowHolders
{
    /// <summary>Whether anybody looks after them: else none is known to be gone.</summary>
    bool AreWatched { get; }

    /// <summary>Finds those that are gone for certain.</summary>
    /// <param name="holders">What rows say of their holders.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<IReadOnlyCollection<string>> GoneAsync(IReadOnlyCollection<string> holders, CancellationToken cancellationToken);
}

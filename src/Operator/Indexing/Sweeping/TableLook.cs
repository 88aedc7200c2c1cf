namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>How the active rows of a table stand, as both ends of its index show it.</summary>
/// <param name="Now">When that was, by the database's clock.</param>
/// <param name="HasUnstamped">Whether some have no sign of life at all.</param>
/// <param name="HasFuture">Whether the sign of life of some is yet to come.</param>
/// <param name="OldestAge">How long ago the oldest sign of life was; zero: there is none.</param>
internal sealed record TableLook(DateTime Now, bool HasUnstamped, bool HasFuture, TimeSpan OldestAge)
{
    /// <summary>When the server was started.</summary>
    public required DateTime ServerStarted { get; init; }

    /// <summary>Whether row level security decides which of the rows the role has been shown.</summary>
    public required bool HasRowSecurity { get; init; }
}

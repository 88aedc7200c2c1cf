namespace CodeRepoOperator.Cloning.Making;

/// <summary>What a poll is to find.</summary>
/// <param name="Urgency">Why.</param>
/// <param name="Since">What was asked before then is too old: a timestamp of the monotonic clock.</param>
internal sealed record PollNeed(PollUrgency Urgency, long Since)
{
    /// <summary>Whether submodules and files of Git LFS that the clone lacks are tried again, though the branch has not moved.</summary>
    public bool Completes { get; init; }

    /// <summary>What the remote has from now on.</summary>
    public static PollNeed Now(TimeProvider time) => new(PollUrgency.Asked, time.GetTimestamp());
}

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>How a key is queued.</summary>
/// <param name="Group">
/// What it may hang on, and others share (a remote host); null: nothing of the kind. Work without a group has workers in reserve.
/// </param>
/// <param name="IsAwaited">Whether somebody waits for it: it goes before those of its namespace that nobody waits for.</param>
/// <param name="IsHealing">Whether it makes something again that was lost, for which there are workers in reserve.</param>
internal readonly record struct QueuePriority(string? Group, bool IsAwaited, bool IsHealing = false)
{
    /// <summary>What the reserves are kept for.</summary>
    public WorkClass Class =>
        Group is null ? WorkClass.Local
        : IsHealing ? WorkClass.Healing
        : WorkClass.Remote;
}

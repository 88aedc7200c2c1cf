using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>A key's place in a <see cref="FairQueue"/>, while it waits and while it is worked on.</summary>
/// <param name="key">The key.</param>
/// <param name="priority">How it is queued.</param>
/// <param name="number">Counts up, no two are the same: what has the lower one came first.</param>
internal sealed class FairTicket(NamespacedName key, QueuePriority priority, long number)
{
    public NamespacedName Key { get; } = key;

    public QueuePriority Priority { get; } = priority;

    public long Number { get; } = number;

    /// <summary>Whether it holds a place that counts.</summary>
    public bool IsActive { get; set; }

    /// <summary>Whether it has held its place for so long that the place counts no more.</summary>
    public bool IsParked { get; set; }

    /// <summary>Those that somebody waits for first, then in the order they came.</summary>
    public static int Order(FairTicket one, FairTicket other) =>
        one.Priority.IsAwaited != other.Priority.IsAwaited ? (one.Priority.IsAwaited ? -1 : 1) : one.Number.CompareTo(other.Number);
}

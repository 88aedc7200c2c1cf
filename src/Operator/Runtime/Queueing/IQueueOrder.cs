using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>Who goes first, and who must not take all workers.</summary>
/// <typeparam name="TEntity">The kind of object that the keys name.</typeparam>
internal interface IQueueOrder<TEntity>
{
    /// <summary>Raised when a group may have become wider.</summary>
    event Action? Widened;

    /// <summary>How many keys may be worked on at once; 1 or more.</summary>
    int Places { get; }

    /// <summary>When a key's turn comes, as things stand now.</summary>
    QueuePriority PriorityOf(NamespacedName key);

    /// <summary>How many keys of a group may be worked on at once; 1 or more.</summary>
    int WidthOf(string group);
}

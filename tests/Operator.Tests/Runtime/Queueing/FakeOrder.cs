using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>An order that the test decides on.</summary>
internal sealed class FakeOrder<TEntity> : IQueueOrder<TEntity>
{
    public event Action? Widened;

    public int Places { get; init; } = 16;

    public HashSet<NamespacedName> Awaited { get; } = [];

    public HashSet<NamespacedName> Healing { get; } = [];

    public Dictionary<NamespacedName, string> Groups { get; } = [];

    public int Width { get; private set; } = 1;

    public void Widen(int width)
    {
        Width = width;
        Widened?.Invoke();
    }

    public QueuePriority PriorityOf(NamespacedName key) => new(Groups.GetValueOrDefault(key), Awaited.Contains(key), Healing.Contains(key));

    public int WidthOf(string group) => Width;
}

using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What a clone in the making may take of its namespace's quota; others can't have it until this is disposed.</summary>
/// <param name="ofNamespace">The namespace.</param>
/// <param name="amount">How much.</param>
/// <param name="isPartial">Whether the namespace has more left than that.</param>
/// <param name="budget">The same for the worker.</param>
/// <param name="dispose">Gives it back.</param>
internal sealed class CloneReservation(
    string ofNamespace,
    StoreAmount amount,
    bool isPartial,
    CloneBudget budget,
    Action<CloneReservation> dispose
) : IDisposable
{
    public string Namespace { get; } = ofNamespace;

    public StoreAmount Amount { get; } = amount;

    /// <summary>Whether the namespace has more left: a clone that does not fit may do so with all of it.</summary>
    public bool IsPartial { get; } = isPartial;

    public CloneBudget Budget { get; } = budget;

    /// <inheritdoc />
    public void Dispose() => dispose(this);
}

namespace CodeRepoOperator.Cloning.Making;

/// <summary>A place among the clones that run at once, lent for as long as nobody needs it.</summary>
/// <param name="giveBack">Gives it back.</param>
internal sealed class SpareSlot(Action<SpareSlot> giveBack) : IDisposable
{
    private readonly TaskCompletionSource _recalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when somebody needs what its user holds: the work is to be left off at once.</summary>
    public Task Recalled => _recalled.Task;

    /// <summary>Has its user leave off.</summary>
    public void Recall() => _recalled.TrySetResult();

    /// <inheritdoc />
    public void Dispose() => giveBack(this);
}

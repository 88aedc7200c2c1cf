using CodeRepoOperator.Runtime.Leasing;

namespace CodeRepoOperator.Standalone;

/// <summary>
/// In place of a Lease, for a command that has no way to the API server: what keeps others from writing is the lock on the store's owner
/// file, which an operator that runs holds.
/// </summary>
internal sealed class StoreLockLease : ILease
{
    /// <inheritdoc />
    public bool IsHeld => true;

    /// <inheritdoc />
    public bool IsHeldByOther => false;

    /// <inheritdoc />
    public Task<CancellationToken> WhenHeldAsync(CancellationToken cancellationToken) => Task.FromResult(CancellationToken.None);
}

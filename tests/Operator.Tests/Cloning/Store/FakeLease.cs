using CodeRepoOperator.Runtime.Leasing;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>A Lease that a test gives and takes away.</summary>
internal sealed class FakeLease : ILease
{
    public bool IsHeld { get; set; } = true;

    public bool IsHeldByOther { get; set; }

    public Task<CancellationToken> WhenHeldAsync(CancellationToken cancellationToken) => Task.FromResult(CancellationToken.None);
}

using CodeRepoOperator.Runtime.Leasing;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>A Lease that a test gives and takes away.</summary>
internal sealed class FakeLease : ILease, IDisposable
{
    private readonly LeaseGrant _grant = new(TimeSpan.FromHours(1), TimeProvider.System);

    public FakeLease(bool isHeld = true)
    {
        if (isHeld)
        {
            Acquire();
        }
    }

    public bool IsHeld => _grant.IsHeld;

    public bool IsHeldByOther => _grant.IsHeldByOther;

    public Task<CancellationToken> WhenHeldAsync(CancellationToken cancellationToken) => _grant.WhenHeldAsync(cancellationToken);

    public void Acquire() => _grant.Renew(TimeProvider.System.GetTimestamp());

    public void Expire() => _grant.Expire();

    public void LoseToOther()
    {
        _grant.Expire();
        _grant.LoseToOther();
    }

    public void Dispose() => _grant.Dispose();
}

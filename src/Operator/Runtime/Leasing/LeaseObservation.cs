using k8s.Models;

namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>
/// Knows whether a Lease that somebody else holds has run out: when it was not renewed for its whole duration on our own clock. The
/// holder's clock may be wrong, so its time stamps are compared for change only (as client-go does). One for each Lease.
/// </summary>
internal sealed class LeaseObservation(TimeProvider time)
{
    private (string? Version, long SeenAt) _renewal;

    /// <summary>Notes what it looks like now.</summary>
    /// <returns>Whether it has run out; not before it was seen for its whole duration.</returns>
    public bool ObserveExpiry(V1Lease lease)
    {
        if (_renewal.Version != lease.Metadata.ResourceVersion)
        {
            _renewal = (lease.Metadata.ResourceVersion, time.GetTimestamp());
        }

        return time.GetElapsedTime(_renewal.SeenAt) >= TimeSpan.FromSeconds(lease.Spec?.LeaseDurationSeconds ?? 0);
    }
}

using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>Reads and writes the Lease object for one holder. The API server refuses a write that another process came before.</summary>
/// <param name="kubernetes">The API server.</param>
/// <param name="name">The Lease.</param>
/// <param name="instance">What the holder is called; no other process has the same identity, whatever it is called.</param>
/// <param name="duration">How long the Lease lasts without being renewed.</param>
/// <param name="time">The clock.</param>
/// <param name="log">For who else holds it.</param>
internal sealed class LeaseLock(IKubernetes kubernetes, LeaseName name, string instance, TimeSpan duration, TimeProvider time, ILogger log)
{
    private readonly LeaseObservation _other = new(time);
    private string? _otherHolder;

    /// <summary>The Lease as our last write left it; null: it must be read. Nobody else has reason to write it while it is held.</summary>
    private V1Lease? _written;

    /// <summary>The holder's identity in the Lease.</summary>
    public string Identity { get; } = $"{instance}_{Guid.NewGuid():n}";

    /// <summary>Acquires the Lease, or renews it: with one request if nobody else has written it since.</summary>
    /// <returns>Whether it is held; otherwise another process holds it.</returns>
    /// <exception cref="HttpOperationException">
    /// The API server refused; 409: somebody else wrote first; the next call reads who.
    /// </exception>
    public async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancellationToken)
    {
        if (await TryRenewAsync(cancellationToken))
        {
            return true;
        }

        var lease = await FindAsync(cancellationToken);
        if (lease is null)
        {
            lease = new V1Lease
            {
                Metadata = new V1ObjectMeta { Name = name.Name, NamespaceProperty = name.Namespace },
            };
            SetHolder(lease);
            _written = await kubernetes.CoordinationV1.CreateNamespacedLeaseAsync(
                lease,
                name.Namespace,
                cancellationToken: cancellationToken
            );
        }
        else if (IsFree(lease))
        {
            await WriteAsync(lease, cancellationToken);
        }
        else
        {
            return false;
        }

        _otherHolder = null;
        return true;
    }

    /// <summary>Gives the Lease up, if it is still ours.</summary>
    /// <returns>Whether it was.</returns>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<bool> ReleaseAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } lease || lease.Spec?.HolderIdentity != Identity)
        {
            return false;
        }

        lease.Spec.HolderIdentity = null;
        lease.Spec.RenewTime = MicroTime.Now(time);
        await kubernetes.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, name.Name, name.Namespace, cancellationToken: cancellationToken);
        return true;
    }

    /// <summary>Renews what our last write left; the API server refuses if it is not that any more.</summary>
    /// <returns>Whether it was; otherwise it must be read.</returns>
    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        // Forgotten before the request: one that fails may have been carried out all the same.
        var written = _written;
        _written = null;
        if (written is null)
        {
            return false;
        }

        try
        {
            await WriteAsync(written, cancellationToken);
            return true;
        }
        catch (HttpOperationException error) when (error.IsConflict() || error.IsNotFound())
        {
            return false;
        }
    }

    private async Task WriteAsync(V1Lease lease, CancellationToken cancellationToken)
    {
        SetHolder(lease);
        _written = await kubernetes.CoordinationV1.ReplaceNamespacedLeaseAsync(
            lease,
            name.Name,
            name.Namespace,
            cancellationToken: cancellationToken
        );
    }

    private Task<V1Lease?> FindAsync(CancellationToken cancellationToken) =>
        kubernetes.CoordinationV1.ReadNamespacedLeaseAsync(name.Name, name.Namespace, cancellationToken: cancellationToken).OrNullAsync();

    private bool IsFree(V1Lease lease)
    {
        var holder = lease.Spec?.HolderIdentity;
        if (string.IsNullOrEmpty(holder) || holder == Identity)
        {
            return true;
        }

        if (_otherHolder != holder)
        {
            _otherHolder = holder;
            log.LeaseHeldByOther(name.Name, holder);
        }

        return _other.ObserveExpiry(lease);
    }

    private void SetHolder(V1Lease lease)
    {
        var now = MicroTime.Now(time);
        lease.Spec ??= new V1LeaseSpec();
        if (lease.Spec.HolderIdentity != Identity)
        {
            lease.Spec.AcquireTime = now;
            lease.Spec.LeaseTransitions = (lease.Spec.LeaseTransitions ?? 0) + 1;
        }

        lease.Spec.HolderIdentity = Identity;
        lease.Spec.RenewTime = now;
        lease.Spec.LeaseDurationSeconds = (int)Math.Ceiling(duration.TotalSeconds);
    }
}

using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Timing;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>
/// Acquires a Lease, renews it, gives it back on stop. <see cref="IsHeld"/> is judged by the lease's real expiry on a
/// monotonic clock, so a process that was stopped past it knows at once that another may have taken over.
/// </summary>
/// <remarks>
/// Not <c>k8s.LeaderElection.LeaderElector</c>: it does not release on stop, lets transport errors escape, never acquires a
/// Lease that was made without a holder, and its <c>IsLeader()</c> looks at no clock.
/// </remarks>
internal sealed class LeaseHolder(
    IKubernetes kubernetes, LeaseName name, IOptions<RuntimeOptions> options, TimeProvider time, ILogger<LeaseHolder> log)
    : SupervisedLoop, ILease
{
    /// <summary>Renewals to a lease's duration.</summary>
    private const int RenewalsPerDuration = 3;

    /// <summary>A request gets half the time between renewals: one that hangs leaves time for another before the lease is lost.</summary>
    private const int RequestsPerDuration = 2 * RenewalsPerDuration;

    /// <summary>How often another's lease is looked at: how late it may be noticed that it is free or has run out.</summary>
    private static readonly TimeSpan WaitingInterval = TimeSpan.FromSeconds(1);

    private readonly string _identity = $"{options.Value.Instance}_{Guid.NewGuid():n}";

    /// <summary>Guards the fields below: held and lost are told once each, in order.</summary>
    private readonly Lock _lock = new();
    private long? _grantedAt;
    private TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _lost = new();

    /// <summary>The lease as our last write left it; null: it must be read. Nobody else has reason to write it while it is held.</summary>
    private V1Lease? _written;

    private readonly LoggedFailures<LeaseName> _logged = new();
    private readonly LeaseObservation _other = new(time);
    private int _failures;
    private string? _otherHolder;

    private TimeSpan Duration => options.Value.LeaseDuration;

    /// <summary>Whether the lease is ours at this instant, by its real expiry.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _grantedAt is { } grantedAt && time.GetElapsedTime(grantedAt) < Duration;
            }
        }
    }

    /// <summary>Whether another process holds the lease, as it was seen last.</summary>
    public bool IsHeldByOther { get; private set; }

    /// <summary>Waits until the lease is held.</summary>
    /// <returns>A token that ends when another process has taken it.</returns>
    public async Task<CancellationToken> WhenHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task held;
            lock (_lock)
            {
                if (_grantedAt is not null)
                {
                    return _lost.Token;
                }

                held = _held.Task;
            }

            await held.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (IsHeld)
        {
            await ReleaseAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _lost.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Progress.Report(Duration);
            await AcquireOrRenewAsync(stoppingToken);
            var isWell = IsHeld && _failures == 0;
            await Task.Delay(isWell ? Duration / RenewalsPerDuration : WaitingInterval, time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AcquireOrRenewAsync(CancellationToken stoppingToken)
    {
        // The grant counts from before the request: the server may have taken it in any time since.
        var asked = time.GetTimestamp();
        using var timeout = new LinkedTimeout(Duration / RequestsPerDuration, time, stoppingToken);
        try
        {
            if (await TryAcquireOrRenewAsync(timeout.Token))
            {
                Hold(asked);
            }
            else
            {
                TakenOver();
            }

            Reached();
            return;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (HttpOperationException error) when (error.IsConflict())
        {
            // Somebody else wrote first; the next round reads who.
        }
        catch (Exception error) when (error.IsApiError() || error is OperationCanceledException)
        {
            Missed(error);
        }

        if (!IsHeld)
        {
            RunOut();
        }
    }

    private async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancellationToken)
    {
        if (await RenewAsync(cancellationToken))
        {
            return true;
        }

        var lease = await FindAsync(cancellationToken);
        if (lease is null)
        {
            lease = new V1Lease { Metadata = new V1ObjectMeta { Name = name.Name, NamespaceProperty = name.Namespace } };
            Take(lease);
            _written = await kubernetes.CoordinationV1.CreateNamespacedLeaseAsync(lease, name.Namespace, cancellationToken: cancellationToken);
            return true;
        }

        if (!MayTake(lease))
        {
            return false;
        }

        await TakeAsync(lease, cancellationToken);
        return true;
    }

    /// <summary>Renews with one request what our last write left; the API server refuses if it is not that any more.</summary>
    /// <returns>Whether it was; otherwise it must be read.</returns>
    private async Task<bool> RenewAsync(CancellationToken cancellationToken)
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
            await TakeAsync(written, cancellationToken);
            return true;
        }
        catch (HttpOperationException error) when (error.IsConflict() || error.IsNotFound())
        {
            return false;
        }
    }

    private async Task TakeAsync(V1Lease lease, CancellationToken cancellationToken)
    {
        Take(lease);
        _written = await kubernetes.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, name.Name, name.Namespace, cancellationToken: cancellationToken);
    }

    private Task<V1Lease?> FindAsync(CancellationToken cancellationToken)
        => kubernetes.CoordinationV1.ReadNamespacedLeaseAsync(name.Name, name.Namespace, cancellationToken: cancellationToken).OrNullAsync();

    private bool MayTake(V1Lease lease)
    {
        var holder = lease.Spec?.HolderIdentity;
        if (string.IsNullOrEmpty(holder) || holder == _identity)
        {
            return true;
        }

        if (_otherHolder != holder)
        {
            _otherHolder = holder;
            log.LeaseHeldByOther(name.Name, holder);
        }

        return _other.HasRunOut(lease);
    }

    private void Take(V1Lease lease)
    {
        var now = MicroTime.Now(time);
        lease.Spec ??= new V1LeaseSpec();
        if (lease.Spec.HolderIdentity != _identity)
        {
            lease.Spec.AcquireTime = now;
            lease.Spec.LeaseTransitions = (lease.Spec.LeaseTransitions ?? 0) + 1;
        }

        lease.Spec.HolderIdentity = _identity;
        lease.Spec.RenewTime = now;
        lease.Spec.LeaseDurationSeconds = (int)Math.Ceiling(Duration.TotalSeconds);
    }

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await FindAsync(cancellationToken) is { } lease && lease.Spec?.HolderIdentity == _identity)
            {
                lease.Spec.HolderIdentity = null;
                lease.Spec.RenewTime = MicroTime.Now(time);
                await kubernetes.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, name.Name, name.Namespace, cancellationToken: cancellationToken);
                log.LeaseReleased(name.Name);
            }
        }
        catch (Exception error) when (error.IsApiError() || error is OperationCanceledException)
        {
            // It runs out by itself; the next holder only has to wait for that.
            log.LeaseNotReleased(name.Name, error.Describe());
        }
    }

    private void Reached()
    {
        if (_failures > 0)
        {
            log.LeaseReachable(name.Name, _failures);
        }

        _logged.IsOver(name);
        _failures = 0;
    }

    private void Missed(Exception error)
    {
        _failures++;
        var why = error is OperationCanceledException ? $"no answer within {(Duration / RequestsPerDuration).TotalSeconds:0.#} s" : error.Describe();
        if (_failures == 1)
        {
            // One late response of a busy API server is nothing to look into: the lease lasts for several.
            log.LeaseLate(name.Name, why);
        }
        else if (_logged.IsNew(name, error.Kind()))
        {
            log.LeaseUnreachable(name.Name, why);
        }
    }

    private void Hold(long grantedAt)
    {
        lock (_lock)
        {
            if (_grantedAt is null)
            {
                log.LeaseAcquired(name.Name, _identity);
                _otherHolder = null;
                IsHeldByOther = false;
                if (_lost.IsCancellationRequested)
                {
                    _lost.Dispose();
                    _lost = new CancellationTokenSource();
                }
            }

            _grantedAt = grantedAt;
            _held.TrySetResult();
        }
    }

    /// <summary>
    /// Nothing new begins. What runs goes on: an API server that is away is no reason to end a clone, and what it made is
    /// published only if the lease is held again by then.
    /// </summary>
    private void RunOut()
    {
        lock (_lock)
        {
            if (_grantedAt is not null)
            {
                log.LeaseRunOut(name.Name);
                _grantedAt = null;
                _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>What runs ends too: the store is another's now.</summary>
    private void TakenOver()
    {
        RunOut();
        IsHeldByOther = true;
        _lost.Cancel();
    }
}

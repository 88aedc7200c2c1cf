using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Timing;
using k8s;
using k8s.Autorest;
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
    IKubernetes kubernetes,
    LeaseName name,
    IOptions<RuntimeOptions> options,
    TimeProvider time,
    ILogger<LeaseHolder> log
) : SupervisedLoop, ILease
{
    /// <summary>Renewals to a lease's duration.</summary>
    private const int RenewalsPerDuration = 3;

    /// <summary>A request gets half the time between renewals: one that hangs leaves time for another before the lease is lost.</summary>
    private const int RequestsPerDuration = 2 * RenewalsPerDuration;

    /// <summary>How often another's lease is looked at: how late it may be noticed that it is free or has run out.</summary>
    private static readonly TimeSpan WaitingInterval = TimeSpan.FromSeconds(1);

    private readonly LeaseLock _lease = new(kubernetes, name, options.Value.Instance, options.Value.LeaseDuration, time, log);
    private readonly LeaseGrant _grant = new(options.Value.LeaseDuration, time);
    private readonly LoggedFailures<LeaseName> _logged = new();
    private int _failures;

    private TimeSpan Duration => options.Value.LeaseDuration;

    /// <summary>Whether the lease is ours at this instant, by its real expiry.</summary>
    public bool IsHeld => _grant.IsHeld;

    /// <summary>Whether another process holds the lease, as it was seen last.</summary>
    public bool IsHeldByOther => _grant.IsHeldByOther;

    /// <summary>Waits until the lease is held.</summary>
    /// <returns>A token that ends when another process has taken it.</returns>
    public Task<CancellationToken> WhenHeldAsync(CancellationToken cancellationToken) => _grant.WhenHeldAsync(cancellationToken);

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
        _grant.Dispose();
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
            if (await _lease.TryAcquireOrRenewAsync(timeout.Token))
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

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _lease.ReleaseAsync(cancellationToken))
            {
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
        var why =
            error is OperationCanceledException
                ? $"no response within {(Duration / RequestsPerDuration).TotalSeconds:0.#} s"
                : error.Describe();
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

    private void Hold(long askedAt)
    {
        if (_grant.Renew(askedAt))
        {
            log.LeaseAcquired(name.Name, _lease.Identity);
        }
    }

    private void RunOut()
    {
        if (_grant.Expire())
        {
            log.LeaseRunOut(name.Name);
        }
    }

    private void TakenOver()
    {
        RunOut();
        _grant.LoseToOther();
    }
}

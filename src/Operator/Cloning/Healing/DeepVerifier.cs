using System.ComponentModel;
using System.Text.Json;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Has every clone read whole once in <see cref="StoreOptions.DeepVerifyInterval"/>, one at a time and at
/// <see cref="StoreOptions.DeepVerifyBytesPerSecond"/>, by a git worker, and has those reconciled that are damaged.
/// </summary>
internal sealed class DeepVerifier(
    CloneStore store,
    StoreOwner owner,
    StoreLayout layout,
    WorkerProcess worker,
    DeepCheckSchedule schedule,
    DamageReport damage,
    KnownDamage known,
    CloningMetrics metrics,
    IOptions<StoreOptions> options,
    TimeProvider time,
    ILogger<DeepVerifier> log) : SupervisedLoop
{
    private readonly LoggedFailures<NamespacedName> _logged = new();

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (options.Value.DeepVerifyInterval == TimeSpan.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.VerifyInterval, time);
        try
        {
            Progress.Report(options.Value.VerifyInterval);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Progress.Report(options.Value.VerifyInterval);
                while (owner.Problem() is null && Next() is { } clone)
                {
                    await VerifyAsync(clone, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing to finish: a check changes nothing.
        }
    }

    private PublishedClone? Next()
    {
        schedule.Follow(store.Known);
        return schedule.Next();
    }

    private async Task VerifyAsync(PublishedClone clone, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var check = CheckAsync(clone, ended.Token);
        await EndWithStoreAsync(check, ended);
        if (check.IsCanceled)
        {
            stoppingToken.ThrowIfCancellationRequested();
        }
        else if (store.Has(clone))
        {
            schedule.HadItsTurn(clone);
            await JudgeAsync(clone, await check);
        }
        else
        {
            // What was found may be of two clones, or of none.
            schedule.WasReplaced(clone);
        }
    }

    private async Task<Attempt<CheckResult>> CheckAsync(PublishedClone clone, CancellationToken cancellationToken)
    {
        try
        {
            var order = new CheckOrder(layout.Clone(clone.Key), clone.Marker.Commit, options.Value.DeepVerifyBytesPerSecond);
            return await worker.CheckAsync(order, cancellationToken);
        }
        catch (Exception error) when (error is Win32Exception or JsonException or InvalidOperationException)
        {
            // No process to be had, or none that answers: no reason to end the operator, or to stop looking at the others.
            return new CloneFailure(Reasons.StoreUnavailable, $"The git worker can't be used: {error.Message}");
        }
    }

    /// <summary>A check may take hours: it ends when the store is not ours any more.</summary>
    private async Task EndWithStoreAsync(Task check, CancellationTokenSource ended)
    {
        while (!check.IsCompleted)
        {
            // A check may take hours, and has limits of its own; that this loop looks after it is its progress.
            Progress.Report(options.Value.VerifyInterval);
            await Task.WhenAny(check, Task.Delay(options.Value.VerifyInterval, time, ended.Token));
            if (ended.IsCancellationRequested || owner.Problem() is not null)
            {
                await ended.CancelAsync();
                await check.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await ended.CancelAsync();
    }

    private async Task JudgeAsync(PublishedClone clone, Attempt<CheckResult> result)
    {
        if (!result.Succeeded)
        {
            metrics.DeepChecked(result.Failure.Reason == Reasons.VerificationUnsupported ? DeepCheckOutcome.Unsupported : DeepCheckOutcome.Failed);
            if (_logged.IsNew(clone.Key, result.Failure.Message))
            {
                log.DeepCheckFailed(clone.Key, result.Failure.Message);
            }

            return;
        }

        _logged.IsOver(clone.Key);
        if (result.Value.Finding is { } finding)
        {
            var verdict = await damage.TellAsync(clone, LossOf(finding.Damage), finding.Detail);
            metrics.DeepChecked(
                verdict is DamageVerdict.Damage or DamageVerdict.KnownDamage ? DeepCheckOutcome.Damaged : DeepCheckOutcome.Unsupported);
        }
        else
        {
            known.IsWhole(clone.Key);
            metrics.DeepChecked(DeepCheckOutcome.Whole);
            log.CloneWhole(clone.Key, result.Value.Bytes);
        }
    }

    private static CloneLoss LossOf(CloneDamage damage) => damage switch
    {
        CloneDamage.GitFolder => CloneLoss.GitFolderDamaged,
        CloneDamage.Pack => CloneLoss.PackDamaged,
        CloneDamage.Index => CloneLoss.IndexDamaged,
        CloneDamage.Commit => CloneLoss.CommitMissing,
        CloneDamage.Tree => CloneLoss.TreeDamaged,
        _ => throw new ArgumentOutOfRangeException(nameof(damage), damage, "Not a kind of damage."),
    };
}

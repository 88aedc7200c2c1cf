using System.Collections.Concurrent;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>
/// Takes keys off the queue and runs the controller or the finalizer on what the cache has for them, while the lease is
/// held. A reconcile whose object changes meanwhile is ended and runs again.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class ControllerWorker<TEntity>(
    Informer<TEntity> informer,
    EntityCache<TEntity> cache,
    WorkQueue<TEntity> queue,
    IEntityController<TEntity> controller,
    IEntityFinalizer<TEntity> finalizer,
    FinalizerKeeper<TEntity> finalizers,
    LeaseHolder lease,
    RuntimeMetrics metrics,
    TimeProvider time,
    ILogger<ControllerWorker<TEntity>> log) : SupervisedLoop
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>How long a reconcile may go on after it was told to stop before its worker counts as wedged.</summary>
    private static readonly TimeSpan WedgedAfter = TimeSpan.FromMinutes(1);

    /// <summary>
    /// An API server that is away, or a right that is missing, is no fault of the object: what it kept from being written is
    /// there soon after it is mended.
    /// </summary>
    private static readonly TimeSpan LongestWaitForApiServer = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<NamespacedName, RunningReconcile<TEntity>> _running = new();
    private readonly LoggedFailures<NamespacedName> _logged = new();

    /// <summary>Whether a worker hangs in a reconcile that should have ended.</summary>
    public bool IsWedged => _running.Values.Any(running => running.Overdue > WedgedAfter);

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        informer.Changed += OnChanged;
        cache.Overtaken += OnChanged;
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        informer.Changed -= OnChanged;
        cache.Overtaken -= OnChanged;
    }

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await informer.WhenSyncedAsync(stoppingToken);
            await Task.WhenAll(Enumerable.Range(0, queue.Workers)
                .Select(_ => SupervisePartAsync((_, ended) => WorkAsync(ended), stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of every worker: what it had in hand has ended with it.
        }
    }

    private void OnChanged(NamespacedName key)
    {
        queue.Add(key);
        if (_running.TryGetValue(key, out var running))
        {
            running.EndIfSupersededBy(cache.Find(key));
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var key = await queue.TakeAsync(stoppingToken);
            using var scope = log.About(key);
            using var running = await BeginAsync(key, stoppingToken);
            _running[key] = running;

            // What changed in between found nobody to tell.
            running.EndIfSupersededBy(cache.Find(key));
            try
            {
                var outcome = await RunAsync(key, running.Token);
                metrics.Reconciled(outcome, running.Duration);
            }
            finally
            {
                _running.TryRemove(key, out _);
            }
        }
    }

    private async Task<RunningReconcile<TEntity>> BeginAsync(NamespacedName key, CancellationToken stoppingToken)
    {
        try
        {
            var leaseLost = await lease.WhenHeldAsync(stoppingToken);
            return new RunningReconcile<TEntity>(cache.Find(key), time, leaseLost, stoppingToken);
        }
        catch (Exception) when (!stoppingToken.IsCancellationRequested)
        {
            // The worker begins again, and so must the key: nobody else has it.
            queue.Failed(key, null);
            throw;
        }
    }

    private async Task<ReconcileOutcome> RunAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        try
        {
            var result = await HandleAsync(key, cancellationToken);
            if (result is { IsUnreported: true, ErrorMessage: { } unreported })
            {
                return RetrySoon(key, unreported, unreported);
            }

            if (result is { IsSuccess: false })
            {
                _logged.IsOver(key);
                log.ReconcileFailed(key, result.ErrorMessage ?? "");
                queue.Failed(key, result.RequeueAfter);
                return ReconcileOutcome.Failure;
            }

            _logged.IsOver(key);
            queue.Succeeded(key, result?.RequeueAfter);
            return ReconcileOutcome.Success;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            queue.Succeeded(key, TimeSpan.Zero);
            return ReconcileOutcome.Superseded;
        }
        catch (HttpOperationException error) when (error.IsGone() || error.IsConflict())
        {
            // The object went or changed while we wrote: the watch brings what it is now, and the back-off comes if it doesn't.
            queue.FailedForNow(key, LongestWaitForApiServer);
            return ReconcileOutcome.Superseded;
        }
        catch (Exception error) when (error.IsApiError())
        {
            return RetrySoon(key, error.Kind(), error.Describe());
        }
        catch (Exception error)
        {
            if (_logged.IsNew(key, error.ToString()))
            {
                log.ReconcileError(key, error);
            }

            queue.Failed(key, null);
            return ReconcileOutcome.Error;
        }
    }

    private ReconcileOutcome RetrySoon(NamespacedName key, string kind, string failure)
    {
        if (_logged.IsNew(key, kind))
        {
            log.WriteRefused(key, failure);
        }

        queue.FailedForNow(key, LongestWaitForApiServer);
        return ReconcileOutcome.Failure;
    }

    private async Task<ReconciliationResult<TEntity>?> HandleAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (cache.FindDeleted(key) is { } gone)
        {
            var result = await controller.DeletedAsync(gone, cancellationToken);
            if (!result.IsSuccess)
            {
                return result;
            }

            cache.ForgetDeleted(key, gone);
        }

        return cache.Find(key) switch
        {
            null => null,
            { Metadata.DeletionTimestamp: null } entity => await ReconcileAsync(entity, cancellationToken),
            var entity => await FinalizeAsync(entity, cancellationToken),
        };
    }

    private async Task<ReconciliationResult<TEntity>> ReconcileAsync(TEntity entity, CancellationToken cancellationToken)
    {
        if (!finalizers.IsOn(entity))
        {
            entity = await finalizers.PutOnAsync(entity, cancellationToken);
        }

        return await controller.ReconcileAsync(entity, cancellationToken);
    }

    private async Task<ReconciliationResult<TEntity>?> FinalizeAsync(TEntity entity, CancellationToken cancellationToken)
    {
        if (!finalizers.IsOn(entity))
        {
            return null;
        }

        var result = await finalizer.FinalizeAsync(entity, cancellationToken);
        if (result.IsSuccess)
        {
            await finalizers.TakeOffAsync(entity, cancellationToken);
        }

        return result;
    }
}

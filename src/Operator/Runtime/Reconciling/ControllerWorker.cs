using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>
/// Puts the keys of changed objects in the queue, and takes them off it to have them reconciled while the lease is held. A reconcile whose
/// object changes meanwhile is ended and runs again.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class ControllerWorker<TEntity>(
    Informer<TEntity> informer,
    EntityCache<TEntity> cache,
    WorkQueue<TEntity> queue,
    LeaseHolder lease,
    RunningReconciles<TEntity> running,
    ReconcileRunner<TEntity> runner
) : SupervisedLoop
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
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
            await Task.WhenAll(
                Enumerable.Range(0, queue.Workers).Select(_ => SupervisePartAsync((_, ended) => WorkAsync(ended), stoppingToken))
            );
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of every worker: what it had in hand has ended with it.
        }
    }

    private void OnChanged(NamespacedName key)
    {
        queue.Add(key);
        running.EndIfSuperseded(key);
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var key = await queue.TakeAsync(stoppingToken);
            using var reconcile = await BeginAsync(key, stoppingToken);
            try
            {
                await runner.RunAsync(key, reconcile);
            }
            finally
            {
                running.Remove(key, reconcile);
            }
        }
    }

    private async Task<RunningReconcile<TEntity>> BeginAsync(NamespacedName key, CancellationToken stoppingToken)
    {
        try
        {
            return running.Add(key, await lease.WhenHeldAsync(stoppingToken), stoppingToken);
        }
        catch (Exception) when (!stoppingToken.IsCancellationRequested)
        {
            // The worker begins again, and so must the key: nobody else has it.
            queue.Failed(key, null);
            throw;
        }
    }
}

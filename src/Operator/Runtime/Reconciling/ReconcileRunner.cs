using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>
/// Runs one reconcile, and gives its key back to the queue by how it ended. Whatever is thrown is caught, logged and counted here.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class ReconcileRunner<TEntity>(
    EntityReconciler<TEntity> reconciler,
    WorkQueue<TEntity> queue,
    RuntimeMetrics metrics,
    ILogger<ReconcileRunner<TEntity>> log
)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// An API server that is away, or a right that is missing, is no fault of the object: what it kept from being written is
    /// there soon after it is mended.
    /// </summary>
    private static readonly TimeSpan LongestWaitForApiServer = TimeSpan.FromMinutes(1);

    private readonly LoggedFailures<NamespacedName> _logged = new();

    /// <summary>Runs a reconcile.</summary>
    /// <param name="key">The object, taken off the queue.</param>
    /// <param name="running">The reconcile, just begun.</param>
    public async Task RunAsync(NamespacedName key, RunningReconcile<TEntity> running)
    {
        using var scope = log.About(key);
        metrics.Reconciled(await TryReconcileAsync(key, running.Token), running.Duration);
    }

    private async Task<ReconcileOutcome> TryReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        try
        {
            var result = await reconciler.ReconcileAsync(key, cancellationToken);
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
        catch (HttpOperationException error) when (error.IsNotFound() || error.IsConflict())
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
}

using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>A reconcile that is under way, so that it can be ended when its object changes.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class RunningReconcile<TEntity>(TEntity? entity, TimeProvider time, CancellationToken leaseLost, CancellationToken stopping)
    : IDisposable
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(leaseLost, stopping);
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>Guards the end: who watches the object may report a change while the reconcile ends by itself.</summary>
    private readonly Lock _lock = new();
    private bool _isOver;
    private long? _endedAt;

    /// <summary>Ends when the reconcile is to stop.</summary>
    public CancellationToken Token => _ended.Token;

    /// <summary>How long it has been running.</summary>
    public TimeSpan Duration => time.GetElapsedTime(_startedAt);

    /// <summary>How long ago it was asked to stop; zero when it was not.</summary>
    public TimeSpan Overdue => _endedAt is { } endedAt ? time.GetElapsedTime(endedAt) : TimeSpan.Zero;

    /// <summary>Ends the reconcile if what it works on is not what is desired any more.</summary>
    /// <param name="now">The object as it is now; null: it is gone.</param>
    public void EndIfSupersededBy(TEntity? now)
    {
        if (
            now?.Metadata.Uid != entity?.Metadata.Uid
            || now?.Metadata.Generation != entity?.Metadata.Generation
            || now?.Metadata.DeletionTimestamp != entity?.Metadata.DeletionTimestamp
        )
        {
            End();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _ended.Dispose();
        }
    }

    private void End()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _endedAt ??= time.GetTimestamp();
                _ended.Cancel();
            }
        }
    }
}

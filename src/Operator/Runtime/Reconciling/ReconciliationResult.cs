using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>How a reconcile ended, and when the next one is due.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
public sealed record ReconciliationResult<TEntity>
    where TEntity : IKubernetesObject<V1ObjectMeta>
{
    private ReconciliationResult(TEntity entity, string? errorMessage, Exception? error, TimeSpan? requeueAfter) =>
        (Entity, ErrorMessage, Error, RequeueAfter) = (entity, errorMessage, error, requeueAfter);

    /// <summary>The object, as it was last seen or written.</summary>
    public TEntity Entity { get; }

    /// <summary>What went wrong; null after a success.</summary>
    public string? ErrorMessage { get; }

    /// <summary>The exception behind <see cref="ErrorMessage"/>, if there was one.</summary>
    public Exception? Error { get; }

    /// <summary>
    /// When to come back without being asked. Null after a success: not at all; null after a failure: after a back-off that
    /// grows with each failure.
    /// </summary>
    public TimeSpan? RequeueAfter { get; }

    /// <summary>
    /// Whether what became of the object could not be reported: that says nothing about the object, so it is tried again soon, after a
    /// back-off that stays short.
    /// </summary>
    public bool IsUnreported { get; private init; }

    /// <summary>Whether it went well.</summary>
    public bool IsSuccess => ErrorMessage is null;

    /// <summary>It went well.</summary>
    /// <param name="entity">The object.</param>
    /// <param name="requeueAfter">When to come back; null: when something changes.</param>
    public static ReconciliationResult<TEntity> Success(TEntity entity, TimeSpan? requeueAfter = null) =>
        new(entity, null, null, requeueAfter);

    /// <summary>It did not go well.</summary>
    /// <param name="entity">The object.</param>
    /// <param name="errorMessage">What went wrong, without credentials.</param>
    /// <param name="error">The exception behind it.</param>
    /// <param name="requeueAfter">When to try again; null: by exponential back-off.</param>
    public static ReconciliationResult<TEntity> Failure(
        TEntity entity,
        string errorMessage,
        Exception? error = null,
        TimeSpan? requeueAfter = null
    ) => new(entity, errorMessage, error, requeueAfter);

    /// <summary>What became of the object could not be reported, by no fault of the object.</summary>
    /// <param name="entity">The object.</param>
    /// <param name="errorMessage">Why not, in words that stay the same while nothing changes.</param>
    public static ReconciliationResult<TEntity> Unreported(TEntity entity, string errorMessage) =>
        new(entity, errorMessage, null, null) { IsUnreported = true };
}

using System.Collections.Concurrent;
using CodeRepoOperator.Runtime.Client;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>The objects of one kind as the API server last showed them.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class EntityCache<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<NamespacedName, TEntity> _entities = new();
    private readonly ConcurrentDictionary<NamespacedName, TEntity> _deleted = new();

    /// <summary>Guards compare-and-replace of one entry: the watch and the responses to our own writes come in any order.</summary>
    private readonly Lock _lock = new();
    private readonly SharedTexts _texts = new();

    /// <summary>
    /// Raised for a key when the response to a write of our own was the first to show what somebody else has changed. The watch, which
    /// brings it a moment later, then brings what is known already.
    /// </summary>
    public event Action<NamespacedName>? Overtaken;

    /// <summary>
    /// Raised for each object that was taken in, also when only its status changed. It is raised under the cache's lock: a handler takes
    /// a note, no more.
    /// </summary>
    public event Action<NamespacedName>? Stored;

    /// <summary>
    /// Says of two states of an object whether a controller would want to know, beside what differs in its metadata. Default: it would not,
    /// since the status is what it writes itself.
    /// </summary>
    public Func<TEntity, TEntity, bool> StatusDiffers { get; init; } = (_, _) => false;

    /// <summary>Shares the texts that many objects have alike, beside those of their metadata. Default: none are.</summary>
    public Action<TEntity, SharedTexts> Share { get; init; } = (_, _) => { };

    /// <summary>All objects, in no order; those that are being deleted too.</summary>
    public IEnumerable<TEntity> Entities => _entities.Values;

    /// <summary>The object of this name; null when there is none.</summary>
    public TEntity? Find(NamespacedName key) => _entities.GetValueOrDefault(key);

    /// <summary>The object of this name that is gone from the API server and not yet dealt with.</summary>
    public TEntity? FindDeleted(NamespacedName key) => _deleted.GetValueOrDefault(key);

    /// <summary>Forgets a gone object that was dealt with.</summary>
    public void ForgetDeleted(NamespacedName key, TEntity entity) => _deleted.TryRemove(KeyValuePair.Create(key, entity));

    /// <summary>Takes in the response to a write of our own that changed nothing that a controller would want to know of.</summary>
    public void StoreResponse(TEntity entity)
    {
        if (StoreIfKnown(entity))
        {
            Overtaken?.Invoke(NamespacedName.Of(entity));
        }
    }

    /// <summary>
    /// Takes in the response to a write of our own. An object that is not known any more has gone meanwhile, and must not come back
    /// by this: the watch would not report it again.
    /// </summary>
    /// <returns>Whether a controller would want to know.</returns>
    public bool StoreIfKnown(TEntity entity)
    {
        lock (_lock)
        {
            return Find(NamespacedName.Of(entity))?.Metadata.Uid == entity.Metadata.Uid && Store(entity);
        }
    }

    /// <summary>Takes in an object from a watch; what is older than known is ignored.</summary>
    /// <returns>Whether a controller would want to know: not when only the status or bookkeeping changed.</returns>
    public bool Store(TEntity entity)
    {
        lock (_lock)
        {
            var known = Find(NamespacedName.Of(entity));
            return (known is null || !IsOlder(entity, known)) && StoreWhileLocked(entity);
        }
    }

    /// <summary>Takes in that an object is gone.</summary>
    /// <returns>Whether it was known.</returns>
    public bool Remove(TEntity entity)
    {
        var key = NamespacedName.Of(entity);
        lock (_lock)
        {
            if (Find(key)?.Metadata.Uid != entity.Metadata.Uid)
            {
                return false;
            }

            _entities.TryRemove(key, out _);
            _deleted[key] = entity;
            return true;
        }
    }

    /// <summary>Takes in a whole list: what it lacks is gone, however old what we know is.</summary>
    /// <param name="ofNamespace">The namespace that the list is of; null: all.</param>
    /// <param name="entities">The list.</param>
    /// <returns>The keys that a controller would want to know of.</returns>
    public IReadOnlyList<NamespacedName> Replace(string? ofNamespace, IReadOnlyCollection<TEntity> entities)
    {
        var changed = new List<NamespacedName>();
        var listed = entities.Select(NamespacedName.Of).ToHashSet();
        foreach (var (key, known) in _entities)
        {
            if ((ofNamespace is null || key.Namespace == ofNamespace) && !listed.Contains(key) && Remove(known))
            {
                changed.Add(key);
            }
        }

        lock (_lock)
        {
            changed.AddRange(entities.Where(StoreWhileLocked).Select(NamespacedName.Of));
        }

        return changed;
    }

    private bool StoreWhileLocked(TEntity entity)
    {
        // They are a third of an object's size, and nobody here reads them.
        entity.Metadata.ManagedFields = null;
        _texts.Share(entity.Metadata);
        Share(entity, _texts);
        var key = NamespacedName.Of(entity);
        var known = Find(key);
        if (known is not null && known.Metadata.Uid != entity.Metadata.Uid)
        {
            _deleted[key] = known;
        }

        _entities[key] = entity;
        Stored?.Invoke(key);
        return known is null || DiffersForController(known, entity) || StatusDiffers(known, entity);
    }

    private static bool DiffersForController(TEntity known, TEntity entity) =>
        known.Metadata.Uid != entity.Metadata.Uid
        || known.Metadata.Generation != entity.Metadata.Generation
        || known.Metadata.DeletionTimestamp != entity.Metadata.DeletionTimestamp
        || !SameItems(known.Metadata.Annotations, entity.Metadata.Annotations)
        // One that was put on, as we do, is nobody's concern but its owner's; one that was taken off by hand is to be put back.
        || (known.Metadata.Finalizers ?? []).Except(entity.Metadata.Finalizers ?? []).Any();

    private static bool SameItems(IDictionary<string, string>? left, IDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (left ?? new Dictionary<string, string>()).All(item => right!.TryGetValue(item.Key, out var value) && value == item.Value);

    /// <summary>Where the two can't be compared, the later arrival counts as newer.</summary>
    private static bool IsOlder(TEntity entity, TEntity known) =>
        entity.Metadata.Uid == known.Metadata.Uid
        && ResourceVersions.IsOlder(entity.Metadata.ResourceVersion, known.Metadata.ResourceVersion);
}

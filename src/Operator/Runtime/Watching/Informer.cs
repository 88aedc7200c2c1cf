using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CodeRepoOperator.Runtime.Queueing;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>
/// Keeps the cache as the API server has it: lists, then watches from the list's resource version, and tells which keys a
/// controller would want to know of. A watch that ends is taken up where it was; one whose version is gone (410) starts
/// with a list again.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class Informer<TEntity>(
    IKubernetes kubernetes,
    EntityCache<TEntity> cache,
    Backoff backoff,
    IOptions<RuntimeOptions> options,
    RuntimeMetrics metrics,
    TimeProvider time,
    ILogger<Informer<TEntity>> log) : BackgroundService
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Objects to a page of a list: client-go's default for reflectors.</summary>
    private const int PageSize = 500;

    /// <summary>How long the server is asked to keep a watch open. It ends it then, and we go on with a new one.</summary>
    private static readonly TimeSpan WatchTimeout = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How much later we end a watch ourselves: a connection that silently stopped forwarding gives no error and no end.
    /// </summary>
    private static readonly TimeSpan WatchGrace = TimeSpan.FromSeconds(30);

    /// <summary>A server that ends every watch at once must not be asked in a tight loop.</summary>
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>Five doublings of 1 s: an API server that comes back should not wait a quarter of an hour for us.</summary>
    private const int MostDoublings = 5;

    private static readonly EntityType Type = EntityType.Of<TEntity>();

    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _lastSignOfLife = time.GetUtcNow();
    private int _namespacesToSync;

    /// <summary>Raised for each key that a controller would want to know of.</summary>
    public event Action<EntityKey>? Changed;

    /// <summary>Whether the cache has seen every object once.</summary>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <summary>How long nothing was heard from the API server. Bookmarks come about once a minute.</summary>
    public TimeSpan Age => time.GetUtcNow() - _lastSignOfLife;

    /// <summary>Waits until the cache has seen every object once.</summary>
    public Task WhenSyncedAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string?[] namespaces = options.Value.Namespaces.Count == 0 ? [null] : [.. options.Value.Namespaces];
        _namespacesToSync = namespaces.Length;
        return Task.WhenAll(namespaces.Select(ofNamespace => ListAndWatchForeverAsync(ofNamespace, stoppingToken)));
    }

    private async Task ListAndWatchForeverAsync(string? ofNamespace, CancellationToken stoppingToken)
    {
        string? resourceVersion = null;
        var failures = 0;
        var synced = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                resourceVersion ??= await ListAsync(ofNamespace, stoppingToken);
                if (!synced && Interlocked.Decrement(ref _namespacesToSync) == 0)
                {
                    _synced.TrySetResult();
                }

                synced = true;
                failures = 0;
                var opened = time.GetTimestamp();
                resourceVersion = await WatchAsync(ofNamespace, resourceVersion, stoppingToken);
                if (time.GetElapsedTime(opened) < ShortestWatch)
                {
                    await Task.Delay(ShortestWatch, time, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                failures++;
                metrics.WatchFailed();
                log.WatchFailed(Type.Plural, ofNamespace ?? "all namespaces", failures, error.Describe());
                if (IsGone(error))
                {
                    resourceVersion = null;
                }

                await Task.Delay(backoff.After(Math.Min(failures, MostDoublings)), time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<string> ListAsync(string? ofNamespace, CancellationToken cancellationToken)
    {
        var entities = new List<TEntity>();
        string? next = null;
        string resourceVersion;
        do
        {
            var page = ofNamespace is null
                ? await kubernetes.CustomObjects.ListClusterCustomObjectAsync<KubernetesList<TEntity>>(
                    Type.Group, Type.Version, Type.Plural,
                    continueParameter: next, limit: PageSize, cancellationToken: cancellationToken)
                : await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<TEntity>>(
                    Type.Group, Type.Version, ofNamespace, Type.Plural,
                    continueParameter: next, limit: PageSize, cancellationToken: cancellationToken);
            entities.AddRange(page.Items);
            resourceVersion = page.Metadata.ResourceVersion;
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));

        Heard();
        foreach (var key in cache.Replace(ofNamespace, entities))
        {
            Changed?.Invoke(key);
        }

        log.Listed(entities.Count, Type.Plural, ofNamespace ?? "all namespaces");
        return resourceVersion;
    }

    /// <summary>Watches until the server ends it.</summary>
    /// <returns>The resource version to go on from.</returns>
    private async Task<string> WatchAsync(string? ofNamespace, string resourceVersion, CancellationToken stoppingToken)
    {
        using var deadline = new CancellationTokenSource(WatchTimeout + WatchGrace, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, deadline.Token);
        try
        {
            await foreach (var (type, entity) in OpenWatchAsync(ofNamespace, resourceVersion, ended.Token))
            {
                Heard();
                resourceVersion = entity.Metadata.ResourceVersion;
                if (type != WatchEventType.Bookmark && Apply(type, entity))
                {
                    Changed?.Invoke(EntityKey.Of(entity));
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            log.WatchSilent(Type.Plural);
        }
        catch (HttpRequestException error) when (error.GetBaseException() is EndOfStreamException)
        {
            // How the client says that the server ended a watch in which nothing happened.
        }

        return resourceVersion;
    }

    private bool Apply(WatchEventType type, TEntity entity)
        => type == WatchEventType.Deleted ? cache.Remove(entity) : cache.Store(entity);

    private async IAsyncEnumerable<(WatchEventType Type, TEntity Entity)> OpenWatchAsync(
        string? ofNamespace, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The client hands a Status (410 Gone) and what it can't parse to this callback alone, and goes on reading.
        Exception? refusal = null;
        void OnRefusal(Exception error) => refusal = error;
        var timeoutSeconds = (int)WatchTimeout.TotalSeconds;
        var events = ofNamespace is null
            ? kubernetes.CustomObjects.WatchListClusterCustomObjectAsync(
                Type.Group, Type.Version, Type.Plural, allowWatchBookmarks: true, resourceVersion: resourceVersion,
                timeoutSeconds: timeoutSeconds, onError: OnRefusal, cancellationToken: cancellationToken)
            : kubernetes.CustomObjects.WatchListNamespacedCustomObjectAsync(
                Type.Group, Type.Version, ofNamespace, Type.Plural, allowWatchBookmarks: true, resourceVersion: resourceVersion,
                timeoutSeconds: timeoutSeconds, onError: OnRefusal, cancellationToken: cancellationToken);
        await foreach (var (type, json) in events)
        {
            if (refusal is not null)
            {
                break;
            }

            yield return (type, KubernetesJson.Deserialize<TEntity>(((JsonElement)json).GetRawText()));
        }

        if (refusal is not null)
        {
            throw refusal;
        }
    }

    private void Heard() => _lastSignOfLife = time.GetUtcNow();

    private static bool IsGone(Exception error) => error switch
    {
        KubernetesException { Status.Code: (int)HttpStatusCode.Gone } => true,
        HttpOperationException { Response.StatusCode: HttpStatusCode.Gone } => true,

        // An object that could not be read would come again with the same resource version: a list shows whether it still can't.
        JsonException => true,
        _ => false,
    };
}

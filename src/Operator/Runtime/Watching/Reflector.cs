using System.Net;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Timing;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>
/// Keeps the objects of one scope in the cache as the API server has them: lists, then watches from the list's resource version. A watch
/// that ends or breaks is taken up where it was; one that the API server refuses, as when the version is gone (410), starts with a list
/// again.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class Reflector<TEntity>(
    EntityReader<TEntity> reader,
    EntityCache<TEntity> cache,
    Backoff backoff,
    RuntimeMetrics metrics,
    TimeProvider time,
    ILogger<Reflector<TEntity>> log
)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// How long a watch may be silent before we open another: a connection that stopped forwarding, or a proxy that keeps it
    /// open on both sides, gives no error and no end. Two bookmarks, which come about once a minute, have not come then.
    /// </summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(150);

    /// <summary>A server that ends every watch at once must not be asked in a tight loop.</summary>
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>Waits double from 1 s to 16 s: an API server that comes back should not wait a quarter of an hour for us.</summary>
    private const int MostDoublings = 5;

    private readonly LoggedFailures<WatchedScope> _logged = new();

    /// <summary>How long the server is asked to keep a watch open. It ends it then, and we go on with a new one. Default 5 min.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    private static string Plural => EntityReader<TEntity>.Type.Plural;

    /// <summary>Lists and watches until it is stopped; what fails is logged and tried again.</summary>
    /// <param name="scope">What is watched, and how far that has come.</param>
    /// <param name="progress">By which it reports that it goes on.</param>
    /// <param name="changed">Called for each key that a controller would want to know of.</param>
    /// <param name="stoppingToken">Ends it.</param>
    public async Task ListAndWatchAsync(
        WatchedScope scope,
        LoopProgress progress,
        Action<NamespacedName> changed,
        CancellationToken stoppingToken
    )
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = ShortestWatch;
            var started = time.GetTimestamp();
            try
            {
                // What a list takes is up to the API server, and bounded where it is asked.
                progress.Wait();
                await ListIfNeededAsync(scope, changed, stoppingToken);
                await WatchAsync(scope, progress, changed, stoppingToken);
                wait -= time.GetElapsedTime(started);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Failed(scope, error);
                wait = backoff.After(Math.Min(scope.Failures, MostDoublings));
            }

            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListIfNeededAsync(WatchedScope scope, Action<NamespacedName> changed, CancellationToken cancellationToken)
    {
        if (scope.ResourceVersion is { } known && scope.Failures > 0)
        {
            // A watch from a version that is not reached yet is taken, and silent until it is: all up to there would be missed.
            var version = await reader.VersionAsync(scope.Namespace, cancellationToken);
            if (ResourceVersions.IsOlder(version, known))
            {
                log.WatchBehind(Plural, scope.Name, version, known);
                scope.ResourceVersion = null;
            }
        }

        if (scope.ResourceVersion is null)
        {
            await ListAsync(scope, changed, cancellationToken);
        }
    }

    private async Task ListAsync(WatchedScope scope, Action<NamespacedName> changed, CancellationToken cancellationToken)
    {
        var list = await reader.ListAsync(scope.Namespace, cancellationToken);
        foreach (var key in cache.Replace(scope.Namespace, list.Entities))
        {
            changed(key);
        }

        log.Listed(list.Entities.Count, Plural, scope.Name);
        scope.Listed(list.ResourceVersion);
    }

    /// <summary>Watches until the server ends it, or is silent for too long.</summary>
    private async Task WatchAsync(
        WatchedScope scope,
        LoopProgress progress,
        Action<NamespacedName> changed,
        CancellationToken stoppingToken
    )
    {
        using var silence = new LinkedTimeout(LongestSilence, time, stoppingToken);
        try
        {
            await foreach (
                var (type, entity) in reader.WatchAsync(
                    scope.Namespace,
                    scope.ResourceVersion!,
                    WatchTimeout,
                    () => Opened(scope),
                    silence.Token
                )
            )
            {
                silence.Restart(LongestSilence);
                progress.Report(LongestSilence);
                scope.Heard();
                scope.ResourceVersion = entity.Metadata.ResourceVersion;
                if (type != WatchEventType.Bookmark && Apply(type, entity))
                {
                    changed(NamespacedName.Of(entity));
                }
            }
        }
        catch (OperationCanceledException) when (silence.HasElapsed)
        {
            metrics.WatchFailed();
            log.WatchSilent(Plural, scope.Name, LongestSilence);
        }
        catch (Exception error) when (IsGone(error))
        {
            // Part of life after an outage, since the API server remembers only so much: no failure, though counted.
            metrics.WatchFailed();
            log.WatchExpired(Plural, scope.Name);
            scope.ResourceVersion = null;
        }
    }

    private bool Apply(WatchEventType type, TEntity entity) => type == WatchEventType.Deleted ? cache.Remove(entity) : cache.Store(entity);

    private void Opened(WatchedScope scope)
    {
        scope.Heard();
        if (_logged.IsOver(scope))
        {
            log.WatchRecovered(Plural, scope.Name, scope.Failures);
        }

        scope.Failures = 0;
    }

    private void Failed(WatchedScope scope, Exception error)
    {
        scope.Failures++;
        metrics.WatchFailed();
        if (_logged.IsNew(scope, error.Kind()))
        {
            log.WatchFailed(Plural, scope.Name, error.Describe());
        }

        if (!MayGoOn(error))
        {
            scope.ResourceVersion = null;
        }
    }

    private static bool IsGone(Exception error) =>
        error
            is KubernetesException { Status.Code: (int)HttpStatusCode.Gone }
                or HttpOperationException { Response.StatusCode: HttpStatusCode.Gone };

    /// <summary>
    /// Whether a watch may be taken up where it was: when the connection broke, or the server asked for patience. Whatever
    /// else the server says, and what could not be read, may have to do with where we were.
    /// </summary>
    private static bool MayGoOn(Exception error) =>
        error
            is HttpRequestException
                or IOException
                or OperationCanceledException
                or HttpOperationException { Response.StatusCode: HttpStatusCode.TooManyRequests };
}

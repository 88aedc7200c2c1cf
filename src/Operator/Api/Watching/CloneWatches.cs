using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Watching;

/// <summary>Who watches which CodeRepo, and how many may.</summary>
internal sealed class CloneWatches : IDisposable
{
    private readonly EntityCache<CodeRepo> _codeRepos;
    private readonly Informer<CodeRepo> _informer;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly int _most;

    /// <summary>Guards the two below.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, HashSet<CloneWatch>> _byKey = [];
    private readonly Dictionary<string, int> _byNamespace = new(StringComparer.Ordinal);

    public CloneWatches(
        EntityCache<CodeRepo> codeRepos,
        Informer<CodeRepo> informer,
        IHostApplicationLifetime lifetime,
        IOptions<ApiOptions> options,
        TimeProvider time
    )
    {
        (_codeRepos, _informer, _lifetime, _time) = (codeRepos, informer, lifetime, time);
        _most = options.Value.MaxWatches;

        // A new status is told by the cache, the end of an object by the informer.
        codeRepos.Stored += Wake;
        informer.Changed += Wake;
    }

    /// <summary>The CodeRepos of one namespace may have half of all watches: others need some too.</summary>
    private int MostOfNamespace => Math.Max(1, _most / 2);

    /// <summary>Ends when the caller hangs up or the operator stops: another operator goes on.</summary>
    public CancellationTokenSource WhileServed(CancellationToken requestAborted) =>
        CancellationTokenSource.CreateLinkedTokenSource(requestAborted, _lifetime.ApplicationStopping);

    /// <summary>Begins a watch.</summary>
    /// <returns>It; null: there are too many.</returns>
    public CloneWatch? TryOpen(NamespacedName key)
    {
        lock (_lock)
        {
            var ofNamespace = _byNamespace.GetValueOrDefault(key.Namespace);
            if (ofNamespace >= MostOfNamespace || _byNamespace.Values.Sum() >= _most)
            {
                return null;
            }

            _byNamespace[key.Namespace] = ofNamespace + 1;
            var watch = new CloneWatch(this, key, _time);
            if (!_byKey.TryGetValue(key, out var watches))
            {
                _byKey[key] = watches = [];
            }

            watches.Add(watch);
            return watch;
        }
    }

    /// <summary>Ends a watch.</summary>
    public void Close(CloneWatch watch)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(watch.Key, out var watches) || !watches.Remove(watch))
            {
                return;
            }

            if (watches.Count == 0)
            {
                _byKey.Remove(watch.Key);
            }

            if (--_byNamespace[watch.Key.Namespace] == 0)
            {
                _byNamespace.Remove(watch.Key.Namespace);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _codeRepos.Stored -= Wake;
        _informer.Changed -= Wake;
    }

    private void Wake(NamespacedName key)
    {
        lock (_lock)
        {
            foreach (var watch in _byKey.GetValueOrDefault(key) ?? [])
            {
                watch.Wake();
            }
        }
    }
}

using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Settings;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>
/// Keeps the cache as the API server has it, by a <see cref="Reflector{TEntity}"/> for each namespace or one for all, and says which keys
/// a controller would want to know of.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class Informer<TEntity> : SupervisedLoop
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Reflector<TEntity> _reflector;
    private readonly WatchedScope[] _scopes;
    private readonly Task _synced;

    public Informer(Reflector<TEntity> reflector, IOptions<RuntimeOptions> options, TimeProvider time)
    {
        _reflector = reflector;
        _scopes = [.. options.Value.Namespaces.DefaultIfEmpty<string?>(null).Select(ofNamespace => new WatchedScope(ofNamespace, time))];
        _synced = Task.WhenAll(_scopes.Select(scope => scope.Synced));
    }

    /// <summary>Raised for each key that a controller would want to know of.</summary>
    public event Action<NamespacedName>? Changed;

    /// <summary>Whether the cache has seen every object once.</summary>
    public bool HasSynced => _synced.IsCompletedSuccessfully;

    /// <summary>How long nothing was heard from the API server; of several namespaces, of the one where that is longest.</summary>
    public TimeSpan Age => _scopes.Max(scope => scope.Silence);

    /// <summary>Waits until the cache has seen every object once.</summary>
    public Task WhenSyncedAsync(CancellationToken cancellationToken) => _synced.WaitAsync(cancellationToken);

    /// <inheritdoc />
    protected override Task RunAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            _scopes.Select(scope =>
                SupervisePartAsync(
                    (progress, ended) => _reflector.ListAndWatchAsync(scope, progress, key => Changed?.Invoke(key), ended),
                    stoppingToken
                )
            )
        );
}

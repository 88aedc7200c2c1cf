using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CodeRepoOperator.Runtime.Client;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>Lists and watches objects of one kind: what is asked of the API server, and in which pieces.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal class EntityReader<TEntity>(ApiClient kubernetes)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>What the API server calls the objects.</summary>
    public static EntityType Type { get; } = EntityType.Of<TEntity>();

    /// <summary>Objects to a page of a list. Default 500, client-go's for reflectors.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Which objects, by their labels. Default: all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Lists all objects, in pages.</summary>
    public async Task<EntityList<TEntity>> ListAsync(string? ofNamespace, CancellationToken cancellationToken)
    {
        var page = await PageAsync(ofNamespace, PageSize, next: null, cancellationToken);
        var entities = new List<TEntity>(page.Items);
        while (!string.IsNullOrEmpty(page.Metadata.ContinueProperty))
        {
            try
            {
                page = await PageAsync(ofNamespace, PageSize, page.Metadata.ContinueProperty, cancellationToken);
            }
            catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.Gone)
            {
                // etcd has forgotten the version of the first page. In one piece this can't happen again; client-go does the same.
                page = await PageAsync(ofNamespace, limit: null, next: null, cancellationToken);
                entities.Clear();
            }

            entities.AddRange(page.Items);
        }

        return new EntityList<TEntity>([.. entities.Select(Kept)], page.Metadata.ResourceVersion);
    }

    /// <summary>The resource version that a list would have now, for the price of one object.</summary>
    public async Task<string> VersionAsync(string? ofNamespace, CancellationToken cancellationToken) =>
        (await PageAsync(ofNamespace, limit: 1, next: null, cancellationToken)).Metadata.ResourceVersion;

    /// <summary>Watches until the API server ends it.</summary>
    /// <param name="ofNamespace">The namespace; null: all.</param>
    /// <param name="resourceVersion">What is known already.</param>
    /// <param name="timeout">After how long the API server is to end it.</param>
    /// <param name="opened">Called once it has taken the watch.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KubernetesException">The API server ended it with a status, such as 410.</exception>
    public async IAsyncEnumerable<(WatchEventType Type, TEntity Entity)> WatchAsync(
        string? ofNamespace,
        string resourceVersion,
        TimeSpan timeout,
        Action opened,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var response = await kubernetes.OpenWatchAsync(Type, ofNamespace, resourceVersion, LabelSelector, timeout, cancellationToken);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        opened();
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            var happened = JsonSerializer.Deserialize(line, WatchJson.Default.WatchEvent)!;
            yield return happened.Type == WatchEventType.Error
                ? throw new KubernetesException(KubernetesJson.Deserialize<V1Status>(happened.Object.GetRawText()))
                : (happened.Type, Kept(KubernetesJson.Deserialize<TEntity>(happened.Object.GetRawText())));
        }
    }

    /// <summary>What is kept of an object. Default: all of it.</summary>
    protected virtual TEntity Kept(TEntity entity) => entity;

    /// <summary>Asks for a page of a list.</summary>
    /// <param name="ofNamespace">The namespace; null: all.</param>
    /// <param name="limit">How many objects at most; null: all.</param>
    /// <param name="next">Where the page before it ended; null: it is the first.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    protected virtual async Task<(IList<TEntity> Items, V1ListMeta Metadata)> PageAsync(
        string? ofNamespace,
        int? limit,
        string? next,
        CancellationToken cancellationToken
    )
    {
        var page = await (
            ofNamespace is null
                ? kubernetes.CustomObjects.ListClusterCustomObjectAsync<KubernetesList<TEntity>>(
                    Type.Group,
                    Type.Version,
                    Type.Plural,
                    continueParameter: next,
                    labelSelector: LabelSelector,
                    limit: limit,
                    cancellationToken: cancellationToken
                )
                : kubernetes.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<TEntity>>(
                    Type.Group,
                    Type.Version,
                    ofNamespace,
                    Type.Plural,
                    continueParameter: next,
                    labelSelector: LabelSelector,
                    limit: limit,
                    cancellationToken: cancellationToken
                )
        );
        return (page.Items, page.Metadata);
    }
}

using System.Text.Json.Nodes;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reporting;

/// <summary>
/// Writes the status of objects by server-side apply, and only when it says something new. What another field manager
/// wrote stays as it is.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class StatusWriter<TEntity>(IKubernetes kubernetes, EntityCache<TEntity> cache)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly EntityType Type = EntityType.Of<TEntity>();

    /// <summary>Makes a writer's part of the status what it should be.</summary>
    /// <typeparam name="TStatus">The status.</typeparam>
    /// <param name="entity">The object. One of another uid under its name is left alone.</param>
    /// <param name="current">The writer's part of the status as it is; null: there is none yet.</param>
    /// <param name="desired">The writer's whole part of the status as it should be: what is left out is taken off.</param>
    /// <param name="fieldManager">The writer.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The object as it is now.</returns>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<TEntity> WriteAsync<TStatus>(
        TEntity entity,
        TStatus? current,
        TStatus desired,
        string fieldManager,
        CancellationToken cancellationToken
    )
        where TStatus : class
    {
        var before = current is null ? null : KubernetesJson.Serialize(current);
        var wanted = KubernetesJson.Serialize(desired);
        if (before == wanted)
        {
            return entity;
        }

        var status = JsonNode.Parse(wanted)!.AsObject();
        if (before is not null && Gone(JsonNode.Parse(before)!.AsObject(), status) is { Count: > 0 } gone)
        {
            entity = await MergeAsync(entity, gone, fieldManager, cancellationToken);
        }

        var body = new JsonObject
        {
            ["apiVersion"] = entity.ApiVersion,
            ["kind"] = entity.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = entity.Metadata.Name,
                ["namespace"] = entity.Metadata.NamespaceProperty,
                ["uid"] = entity.Metadata.Uid,
            },
            ["status"] = status,
        };
        return await PatchAsync(
            entity,
            new V1Patch(body.ToJsonString(), V1Patch.PatchType.ApplyPatch),
            fieldManager,
            force: true,
            cancellationToken
        );
    }

    /// <summary>Changes fields of the status by a merge patch: for those that a server-side apply can't take off.</summary>
    /// <param name="entity">The object; the patch is refused (409) if it has changed since.</param>
    /// <param name="status">The fields, null for those that are to go.</param>
    /// <param name="fieldManager">The writer.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The object as it is now.</returns>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<TEntity> MergeAsync(
        TEntity entity,
        IReadOnlyDictionary<string, object?> status,
        string fieldManager,
        CancellationToken cancellationToken
    )
    {
        var fields = status.Select(field =>
            KeyValuePair.Create(field.Key, field.Value is null ? null : JsonNode.Parse(KubernetesJson.Serialize(field.Value)))
        );
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = entity.Metadata.Uid, ["resourceVersion"] = entity.Metadata.ResourceVersion },
            ["status"] = new JsonObject(fields),
        };
        return await PatchAsync(
            entity,
            new V1Patch(body.ToJsonString(), V1Patch.PatchType.MergePatch),
            fieldManager,
            force: null,
            cancellationToken
        );
    }

    /// <summary>
    /// The objects and lists that are to go as a whole. When the last owner of one leaves it out of a server-side apply, an older API
    /// server (1.20) tries to store a null in its place, and refuses that itself. Not lists of objects, such as conditions: others have
    /// theirs there.
    /// </summary>
    private static Dictionary<string, object?> Gone(JsonObject before, JsonObject desired)
    {
        var gone = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (field, value) in before.Where(field => IsWhole(field.Value)))
        {
            if (desired[field] is not { } now)
            {
                gone[field] = null;
            }
            else if (value is JsonObject part && now is JsonObject other && Gone(part, other) is { Count: > 0 } inner)
            {
                gone[field] = inner;
            }
        }

        return gone;
    }

    private static bool IsWhole(JsonNode? value) => value is JsonObject || (value is JsonArray { Count: > 0 } list && list[0] is JsonValue);

    private async Task<TEntity> PatchAsync(
        TEntity entity,
        V1Patch patch,
        string fieldManager,
        bool? force,
        CancellationToken cancellationToken
    )
    {
        var written = await kubernetes.CustomObjects.PatchNamespacedCustomObjectStatusAsync<TEntity>(
            patch,
            Type.Group,
            Type.Version,
            entity.Metadata.NamespaceProperty,
            Type.Plural,
            entity.Metadata.Name,
            fieldManager: fieldManager,
            force: force,
            cancellationToken: cancellationToken
        );
        cache.StoreResponse(written);
        return written;
    }
}

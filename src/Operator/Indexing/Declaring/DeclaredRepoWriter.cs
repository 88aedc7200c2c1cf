using System.Net;
using System.Text.Json.Nodes;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>
/// Creates, changes and deletes the CodeRepos that rows declare, by server-side apply as a field manager of its own: what people add to
/// them stays. CodeRepos of others are never changed.
/// </summary>
internal sealed class DeclaredRepoWriter(IKubernetes kubernetes, RuntimeNames names, IOptions<IndexingOptions> options)
{
    private static readonly EntityType Type = EntityType.Of<CodeRepo>();

    private DeclareOptions Declare => options.Value.Declare;

    private string FieldManager => $"{names.Controller}-declare";

    /// <summary>Creates a CodeRepo.</summary>
    /// <param name="row">As this row declares it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The CodeRepo; null: another has the name, and is as it was.</returns>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<CodeRepo?> CreateAsync(DeclaredRow row, string name, CancellationToken cancellationToken)
    {
        try
        {
            // An apply can't ask that there be none of this name. Without force, one with another URL is refused.
            var (made, isNew) = await ApplyAsync(Body(row, name), force: false, cancellationToken);
            if (isNew || !HasOtherAuthor(made))
            {
                return made;
            }

            // Somebody made one of the same URL in this moment. What was applied is taken off again; what is theirs stays.
            var nothing = Head(name);
            ((JsonObject)nothing["metadata"]!)["uid"] = made.Metadata.Uid;
            await ApplyAsync(nothing, force: false, cancellationToken);
            return null;
        }
        catch (HttpOperationException error) when (error.IsConflict() && !error.IsNamespaceTerminating())
        {
            return null;
        }
    }

    /// <summary>Makes a CodeRepo as its row declares it now.</summary>
    /// <param name="repo">The CodeRepo. One of another uid under its name is left alone.</param>
    /// <param name="row">Its row.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task UpdateAsync(CodeRepo repo, DeclaredRow row, CancellationToken cancellationToken)
    {
        var body = Body(row, repo.Metadata.Name);
        ((JsonObject)body["metadata"]!)["uid"] = repo.Metadata.Uid;
        await TryAsync(async () =>
        {
            if (FieldsToRemove(repo, row) is { Count: > 0 } removed)
            {
                removed["git_url"] = row.Url;
                await MergeAsync(repo, new JsonObject { ["spec"] = removed }, cancellationToken);
            }

            var (changed, _) = await ApplyAsync(body, force: true, cancellationToken);
            if (row.Branch is null && !string.IsNullOrEmpty(changed.Spec.Branch))
            {
                // Somebody else wrote it: what they apply no more is not ours to take off by an apply.
                await MergeAsync(changed, new JsonObject { ["spec"] = new JsonObject { ["branch"] = null } }, cancellationToken);
            }
        });
    }

    /// <summary>Deletes a CodeRepo, or leaves it to people, as <see cref="DeclareOptions.Prune"/> says.</summary>
    /// <param name="repo">The CodeRepo, which is left alone if it has changed since it was read.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public Task PruneAsync(CodeRepo repo, CancellationToken cancellationToken) =>
        TryAsync(() => Declare.Prune is PrunePolicy.Orphan ? LeaveAsync(repo, cancellationToken) : DeleteAsync(repo, cancellationToken));

    /// <summary>Whether somebody else has written the URL too. If not, it is one that was made here and the watch has not shown.</summary>
    private bool HasOtherAuthor(CodeRepo repo) =>
        repo.Metadata.ManagedFields?.Any(manager =>
            manager.Manager != FieldManager
            && KubernetesJson.Serialize(manager.FieldsV1).Contains("\"f:git_url\"", StringComparison.Ordinal)
        ) == true;

    /// <summary>What an apply would not take off.</summary>
    private JsonObject FieldsToRemove(CodeRepo repo, DeclaredRow row)
    {
        var removed = new JsonObject();
        if (row.Secret is null && HasOurSecret(repo))
        {
            // One host's Secret is not for another. The last owner of an object can't leave it out of an apply at an older API server
            // (1.20), which tries to store a null in its place, and refuses that itself.
            removed["auth"] = null;
        }

        if (repo.Spec.Ref is not null)
        {
            // A row declares a branch or the remote's HEAD, and the API server takes no ref beside a branch.
            removed["ref"] = null;
        }

        return removed;
    }

    private bool HasOurSecret(CodeRepo repo) =>
        repo.Spec.Auth?.Secret is { } secret && GitUrl.Parse(repo.Spec.GitUrl).Value is { } url && Declare.SecretFor(url) == secret;

    private Task<CodeRepo> DeleteAsync(CodeRepo repo, CancellationToken cancellationToken) =>
        kubernetes.CustomObjects.DeleteNamespacedCustomObjectAsync<CodeRepo>(
            Type.Group,
            Type.Version,
            repo.Metadata.NamespaceProperty,
            Type.Plural,
            repo.Metadata.Name,
            new V1DeleteOptions
            {
                Preconditions = new V1Preconditions { Uid = repo.Metadata.Uid, ResourceVersion = repo.Metadata.ResourceVersion },
            },
            cancellationToken: cancellationToken
        );

    private Task<CodeRepo> LeaveAsync(CodeRepo repo, CancellationToken cancellationToken) =>
        MergeAsync(
            repo,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["labels"] = new JsonObject { [CodeRepo.DeclaredByLabel] = null },
                    ["annotations"] = new JsonObject { [CodeRepo.DeclaredRowAnnotation] = null },
                },
            },
            cancellationToken
        );

    /// <summary>What is gone, or has changed since it was read, is looked at again when the watch shows that.</summary>
    private static async Task TryAsync(Func<Task> requestAsync)
    {
        try
        {
            await requestAsync();
        }
        catch (HttpOperationException error) when (error.IsNotFound() || error.IsConflict())
        {
            // As above.
        }
    }

    private async Task<(CodeRepo Repo, bool IsNew)> ApplyAsync(JsonObject body, bool force, CancellationToken cancellationToken)
    {
        using var response = await kubernetes.CustomObjects.PatchNamespacedCustomObjectWithHttpMessagesAsync<CodeRepo>(
            new V1Patch(body.ToJsonString(), V1Patch.PatchType.ApplyPatch),
            Type.Group,
            Type.Version,
            Declare.Namespace,
            Type.Plural,
            (string)body["metadata"]!["name"]!,
            fieldManager: FieldManager,
            force: force,
            cancellationToken: cancellationToken
        );
        return (response.Body, response.Response.StatusCode == HttpStatusCode.Created);
    }

    private Task<CodeRepo> MergeAsync(CodeRepo repo, JsonObject patch, CancellationToken cancellationToken)
    {
        var metadata = patch["metadata"] as JsonObject ?? [];
        (metadata["uid"], metadata["resourceVersion"]) = (repo.Metadata.Uid, repo.Metadata.ResourceVersion);
        patch["metadata"] = metadata;
        return kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch),
            Type.Group,
            Type.Version,
            repo.Metadata.NamespaceProperty,
            Type.Plural,
            repo.Metadata.Name,
            fieldManager: FieldManager,
            cancellationToken: cancellationToken
        );
    }

    private JsonObject Body(DeclaredRow row, string name)
    {
        var body = Head(name);
        var metadata = (JsonObject)body["metadata"]!;
        metadata["labels"] = new JsonObject { [CodeRepo.DeclaredByLabel] = Declare.DeclaredBy };
        metadata["annotations"] = new JsonObject { [CodeRepo.DeclaredRowAnnotation] = row.Mark };
        var spec = new JsonObject { ["git_url"] = row.Url };
        if (row.Branch is { } branch)
        {
            spec["branch"] = branch;
        }

        if (row.Secret is { } secret)
        {
            spec["auth"] = new JsonObject { ["secret"] = secret };
        }

        body["spec"] = spec;
        return body;
    }

    private JsonObject Head(string name) =>
        new()
        {
            ["apiVersion"] = $"{CodeRepo.Group}/{CodeRepo.Version}",
            ["kind"] = CodeRepo.ResourceKind,
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Declare.Namespace },
        };
}

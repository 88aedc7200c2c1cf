using System.Text.Json;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>Reads what a service hook of Azure DevOps sends about a push (<c>git.push</c>): several branches and tags at once.</summary>
internal static class AzureDevOpsPayload
{
    private const string Branches = "refs/heads/";

    public static PushDelivery? Read(JsonElement payload)
    {
        var resource = payload.Property("resource") ?? default;
        var references = resource
            .Items("refUpdates")
            .Select(update => update.Text("name"))
            .Where(PayloadElement.IsFollowed)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        if (payload.Text("eventType") != "git.push" || references.Count == 0)
        {
            return null;
        }

        var repository = resource.Property("repository") ?? default;
        var identities = new[] { repository.Text("remoteUrl"), repository.Text("sshUrl") }
            .OfType<string>()
            .SelectMany(AzureDevOpsRepository.UrlsOf)
            .Select(RepoIdentity.TryParse)
            .OfType<RepoIdentity>()
            .ToHashSet();
        var head = repository.Text("defaultBranch");
        var defaultBranch = head?.StartsWith(Branches, StringComparison.Ordinal) == true ? head[Branches.Length..] : null;
        return identities.Count == 0 ? null : new PushDelivery(PushNotice.Of(identities, references, defaultBranch), payload.Text("id"));
    }
}

using System.Text.Json;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// Reads what Bitbucket Cloud sends about a push (<c>repo:push</c>): several branches and tags at once, and no URL to clone from, only the
/// page of the repository and its full name.
/// </summary>
internal static class BitbucketPayload
{
    public static PushDelivery? Read(JsonElement payload)
    {
        // Of what was made there is no old one, of what was deleted no new one.
        var references = (payload.Property("push") ?? default)
            .Items("changes")
            .SelectMany(change => new[] { change.Property("new"), change.Property("old") })
            .OfType<JsonElement>()
            .Select(RefOf)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        var repository = payload.Property("repository") ?? default;
        var identities = UrlsOf(repository).Select(RepoIdentity.TryParse).OfType<RepoIdentity>().ToHashSet();
        var defaultBranch = (repository.Property("mainbranch") ?? default).Text("name");
        return references.Count == 0 || identities.Count == 0
            ? null
            : new PushDelivery(PushNotice.Of(identities, references, defaultBranch));
    }

    private static string? RefOf(JsonElement end) =>
        (end.Text("type"), end.Text("name")) switch
        {
            ("branch", { Length: > 0 } name) => $"refs/heads/{name}",
            ("tag", { Length: > 0 } name) => $"refs/tags/{name}",
            _ => null,
        };

    private static IEnumerable<string?> UrlsOf(JsonElement repository)
    {
        var links = repository.Property("links") ?? default;
        yield return (links.Property("html") ?? default).Text("href");
        if (repository.Text("full_name") is { } name)
        {
            yield return $"https://bitbucket.org/{name}";
            yield return $"git@bitbucket.org:{name}";

            // Where port 22 is closed.
            yield return $"ssh://git@altssh.bitbucket.org:443/{name}";
        }
    }
}

using System.Text.Json;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// Reads what GitHub, GitLab and Gitea send about a push. Their payloads differ in what they call URLs, and not in what they mean: all
/// names that any of them uses are looked for.
/// </summary>
internal static class ForgePayload
{
    private static readonly string[] Repositories = ["repository", "project"];

    private static readonly string[] Urls =
    [
        "clone_url",
        "ssh_url",
        "git_url",
        "html_url",
        "git_http_url",
        "git_ssh_url",
        "http_url",
        "web_url",
        "homepage",
        "url",
    ];

    public static PushDelivery? Read(JsonElement payload)
    {
        if (payload.Text("ref") is not { } reference || !PayloadElement.IsFollowed(reference))
        {
            return null;
        }

        var repositories = Repositories.Select(name => payload.Property(name)).OfType<JsonElement>().ToList();
        var identities = repositories
            .SelectMany(repository => Urls.Select(url => repository.Text(url)))
            .Select(RepoIdentity.TryParse)
            .OfType<RepoIdentity>()
            .ToHashSet();
        var defaultBranch = repositories.Select(repository => repository.Text("default_branch")).OfType<string>().FirstOrDefault();
        return identities.Count == 0 ? null : new PushDelivery(PushNotice.Of(identities, [reference], defaultBranch));
    }
}

using System.Text.Json;
using System.Text.Unicode;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// Reads what GitHub, GitLab and Gitea send about a push. Their payloads differ in what they call URLs, and not in what they mean: all
/// names that any of them uses are looked for.
/// </summary>
internal static class PushPayload
{
    private static readonly string[] Prefixes = ["refs/heads/", "refs/tags/"];

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

    /// <param name="body">The payload, of somebody who knows the secret.</param>
    /// <returns>What was pushed; null: it is none of a branch or tag, or of another kind.</returns>
    /// <exception cref="JsonException">
    /// It is no JSON, or has text that is none: bytes that are not UTF-8, or half of a surrogate pair.
    /// </exception>
    public static PushNotice? Read(ReadOnlyMemory<byte> body)
    {
        CheckText(body.Span);
        using var payload = JsonDocument.Parse(body);
        if (
            Text(payload.RootElement, "ref") is not { } reference
            || !Array.Exists(Prefixes, prefix => reference.StartsWith(prefix, StringComparison.Ordinal))
        )
        {
            return null;
        }

        var repositories = Repositories.Select(name => Property(payload.RootElement, name)).OfType<JsonElement>().ToList();
        var identities = repositories
            .SelectMany(repository => Urls.Select(url => Text(repository, url)))
            .Select(RepoIdentity.TryParse)
            .OfType<RepoIdentity>()
            .ToHashSet();
        var defaultBranch = repositories.Select(repository => Text(repository, "default_branch")).OfType<string>().FirstOrDefault();
        return identities.Count == 0 ? null : new PushNotice(identities, reference, defaultBranch);
    }

    /// <summary>What is no text can't be read as one later, and what is not looked for now may be some day.</summary>
    private static void CheckText(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            throw new JsonException("The payload is not UTF-8.");
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                {
                    _ = reader.GetString();
                }
            }
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("The payload has half of a surrogate pair.", error);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        Property(element, name) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found) ? found : null;
}

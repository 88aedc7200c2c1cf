using System.Text.Json;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>Looks into a payload that may be anything: what is not as it should be is not there.</summary>
internal static class PayloadElement
{
    private static readonly string[] Followed = ["refs/heads/", "refs/tags/"];

    /// <returns>A text; null: there is none of that name.</returns>
    public static string? Text(this JsonElement element, string name) =>
        element.Property(name) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    /// <returns>A property; null: there is none of that name.</returns>
    public static JsonElement? Property(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found) ? found : null;

    /// <returns>What is in a list; nothing: there is none of that name.</returns>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Property(name) is { ValueKind: JsonValueKind.Array } found ? found.EnumerateArray() : [];

    /// <summary>Whether CodeRepos may follow a ref: it is a branch or a tag, by its full name.</summary>
    public static bool IsFollowed(string? reference) =>
        reference is not null && Array.Exists(Followed, prefix => reference.StartsWith(prefix, StringComparison.Ordinal));
}

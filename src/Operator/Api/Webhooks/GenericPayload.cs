using System.Text.Json;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// Reads what anybody may send about a push: <c>{"git_url": "…", "ref": "refs/heads/main", "id": "…"}</c>. Without a ref any may have
/// moved. Two pushes look alike, so an id distinguishes them from one that is sent again.
/// </summary>
internal static class GenericPayload
{
    public static PushDelivery? Read(JsonElement payload)
    {
        var reference = payload.Text("ref");
        return
            RepoIdentity.TryParse(payload.Text("git_url")) is { } identity
            && (payload.Property("ref") is null or { ValueKind: JsonValueKind.Null } || PayloadElement.IsFollowed(reference))
            ? new PushDelivery(PushNotice.Of([identity], reference is null ? [] : [reference]), payload.Text("id"))
            : null;
    }
}

using System.Globalization;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes.Http;

/// <summary>What an HTTP status means for a clone.</summary>
internal static class HttpStatusFailure
{
    /// <summary>A proxy wants to know who asks.</summary>
    public static readonly CloneFailure ProxyAuthentication = new(
        Reasons.Unreachable, "The proxy wants credentials (HTTP 407): have the administrator put them into the operator's HTTPS_PROXY and HTTP_PROXY.");

    /// <summary>The failure that a response is; null: it is a good one.</summary>
    public static CloneFailure? Of(HttpResponseMessage response) => (int)response.StatusCode switch
    {
        200 => null,
        401 => new CloneFailure(
            Reasons.AuthenticationFailed, "The remote wants credentials (HTTP 401): this version clones public repositories only; check that the repository exists and is public."),
        403 => new CloneFailure(
            Reasons.AuthenticationFailed, "The remote refuses access (HTTP 403): check that the repository is public."),
        404 or 410 => new CloneFailure(
            Reasons.RepositoryNotFound, $"The remote has no such repository, or hides it (HTTP {Number(response)}): check the URL."),
        407 => ProxyAuthentication,
        >= 300 and < 400 => new CloneFailure(
            Reasons.Unreachable, $"The remote redirects the transfer itself (HTTP {Number(response)}), which is not followed: use the address that it leads to."),
        var status => Later(response, $"The remote answered with HTTP {Number(response)} {Meaning(status)}"),
    };

    private static CloneFailure Later(HttpResponseMessage response, string what) => RetryAfter.Of(response) is { } wish
        ? new CloneFailure(Reasons.Unreachable, $"{what}: it is tried again {wish.Shown}, as the remote asks.") { RetryAfter = wish.Wait }
        : new CloneFailure(Reasons.Unreachable, $"{what}: it is tried again; if it stays so, ask whoever runs the remote.");

    private static string Number(HttpResponseMessage response) => ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);

    private static string Meaning(int status) => status switch
    {
        429 => "(too many requests)",
        500 => "(internal error)",
        502 or 503 or 504 => "(not available)",
        _ => "(refused)",
    };
}

using System.Globalization;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes.Http;

/// <summary>What an HTTP status means for a clone.</summary>
internal static class HttpStatusFailure
{
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
        >= 300 and < 400 => new CloneFailure(
            Reasons.Unreachable, $"The remote redirects the transfer itself (HTTP {Number(response)}), which is not followed."),
        var status => new CloneFailure(Reasons.Unreachable, $"The remote answered with HTTP {Number(response)} {Meaning(status)}: it is tried again."),
    };

    private static string Number(HttpResponseMessage response) => ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);

    private static string Meaning(int status) => status switch
    {
        407 => "(the proxy wants credentials)",
        429 => "(too many requests)",
        500 => "(internal error)",
        502 or 503 or 504 => "(not available)",
        _ => "(refused)",
    };
}

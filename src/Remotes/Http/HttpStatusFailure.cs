using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>What an HTTP status means for a clone.</summary>
internal static class HttpStatusFailure
{
    /// <summary>A proxy wants to know who asks.</summary>
    public static readonly CloneFailure ProxyAuthentication = new(
        Reasons.Unreachable,
        "The proxy wants credentials (HTTP 407): have the administrator put them into the operator's HTTPS_PROXY and HTTP_PROXY."
    );

    private const string WithoutLogin = "put credentials into a Secret of this namespace and name it in spec.auth.secret";

    /// <summary>The failure that a response is; null: it is a good one.</summary>
    /// <param name="response">The response.</param>
    /// <param name="sent">What the remote gets to know about who asks.</param>
    public static CloneFailure? Of(HttpResponseMessage response, GitCredentials? sent) =>
        (int)response.StatusCode switch
        {
            200 => null,
            429 or 403 when RateLimit.IsReached(response) => Later(
                response,
                Reasons.RateLimited,
                $"The remote takes no more requests for now (HTTP {Number(response)}, too many requests)",
                "raise spec.interval, or give credentials, which most hosts allow more"
            ),
            401 => new CloneFailure(Reasons.AuthenticationFailed, Unknown(response, sent)) { RefusesCredentials = sent?.Http is not null },
            403 => new CloneFailure(Reasons.AuthenticationFailed, Refused(sent)),
            404 or 410 => new CloneFailure(Reasons.RepositoryNotFound, Missing(response, sent)),
            407 => ProxyAuthentication,
            >= 300 and < 400 => new CloneFailure(
                Reasons.Unreachable,
                $"The remote redirects the transfer itself (HTTP {Number(response)}), which is not followed: use the address that it "
                    + "leads to."
            )
            {
                SaysNothingOfHost = true,
            },
            var status => Later(
                response,
                Reasons.Unreachable,
                $"The remote responded with HTTP {Number(response)} {Meaning(status)}",
                "ask whoever runs the remote"
            ),
        };

    /// <summary>The same, with the start of what a refusal says in plain text, as git shows it.</summary>
    public static async Task<CloneFailure?> ReadAsync(
        HttpResponseMessage response,
        GitCredentials? sent,
        CancellationToken cancellationToken
    )
    {
        var failure = Of(response, sent);
        if (
            failure is null
            || (int)response.StatusCode is < 400 or >= 500
            || !"text/plain".Equals(response.Content.Headers.ContentType?.MediaType, StringComparison.OrdinalIgnoreCase)
        )
        {
            return failure;
        }

        var said = RemoteText.Shown((await BodyStart.ReadAsync(response, cancellationToken)).Trim());
        return said.Length == 0 ? failure : failure with { Message = $"{failure.Message} It says: \"{said}\".", Quoted = said };
    }

    private static string Unknown(HttpResponseMessage response, GitCredentials? sent) =>
        sent switch
        {
            _ when Unsupported(response) is { } scheme =>
                $"The remote wants a login by {scheme} (HTTP 401), which is not supported: have whoever runs it allow a user name and a "
                    + "password (Basic) "
                    + "or a token (Bearer) over https, or use SSH.",
            { Http: { UserName: null }, Source: var source } when Asks(response, "Basic") && !Asks(response, "Bearer") =>
                $"The remote wants a user name and a password (HTTP 401), and got the bearerToken of {source}: put them there as "
                    + "username and password "
                    + "in its place; many hosts take a token as the password.",
            { Http: { } login, Source: var source } =>
                $"The remote does not accept the {login.Keys} of {source} (HTTP 401): wrong, expired or withdrawn. Put valid ones "
                    + "there; the next try uses them.",
            { IsLoginWithheld: true, Source: var source } =>
                $"The remote redirects to another host, which wants credentials (HTTP 401) and does not get those of {source}: write "
                    + "the address that it leads to.",
            _ => $"The remote wants credentials (HTTP 401): check that the repository exists; if it is private, {WithoutLogin}.",
        };

    private static string Refused(GitCredentials? sent) =>
        sent switch
        {
            { Http: { } login, Source: var source } =>
                $"The remote refuses access to whoever has the {login.Keys} of {source} (HTTP 403): give them the right to read the "
                    + "repository, or put others there.",
            { IsLoginWithheld: true, Source: var source } =>
                $"The remote redirects to another host, which refuses access (HTTP 403) and does not get the credentials of {source}: "
                    + "write the address that it leads to.",
            _ => $"The remote refuses access (HTTP 403): check that the repository is public; if it is private, {WithoutLogin}.",
        };

    private static string Missing(HttpResponseMessage response, GitCredentials? sent) =>
        sent?.Http is { } login
            ? $"The remote has no such repository, or hides it from whoever has the {login.Keys} of {sent.Source} (HTTP "
                + $"{Number(response)}): "
                + "check the URL, and what they may read."
            : $"The remote has no such repository, or hides it (HTTP {Number(response)}): check the URL; if it is private, {WithoutLogin}.";

    /// <summary>
    /// The only way to log in that the remote knows, where that is one that we don't; null: there is another, or it names none.
    /// </summary>
    private static string? Unsupported(HttpResponseMessage response) =>
        response.Headers.WwwAuthenticate.FirstOrDefault()?.Scheme is { } first && !Asks(response, "Basic") && !Asks(response, "Bearer")
            ? RemoteText.Shown(first)
            : null;

    private static bool Asks(HttpResponseMessage response, string scheme) =>
        response.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase));

    private static CloneFailure Later(HttpResponseMessage response, string reason, string what, string advice)
    {
        var retryAfter = RetryAfter.Of(response);
        var when = retryAfter is null ? $"; if it stays so, {advice}" : $" {retryAfter.Shown}, as the remote asks";
        return new CloneFailure(reason, $"{what}: it is tried again{when}.") { RetryAfter = retryAfter?.Wait, SaysNothingOfHost = true };
    }

    private static string Number(HttpResponseMessage response) => ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);

    private static string Meaning(int status) =>
        status switch
        {
            500 => "(internal error)",
            502 or 503 or 504 => "(not available)",
            _ => "(refused)",
        };
}

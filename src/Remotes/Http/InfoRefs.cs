using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>
/// Finds a remote's service by its <c>info/refs</c>. Redirects are followed there and nowhere else, as git does: the service is
/// where the last one leads, so it must lead to an <c>info/refs</c> again.
/// </summary>
internal static class InfoRefs
{
    private const int MaximumRedirects = 5;

    // In characters. No host gives out shorter ones.
    private const int ShortestToken = 8;

    private const string Path = "/info/refs";
    private const string Query = "?service=git-upload-pack";
    private const string ResponseType = "application/x-git-upload-pack-advertisement";

    public static async Task<FoundService> GetAsync(
        GitHttp http,
        Uri repository,
        GitCredentials? credentials,
        CancellationToken cancellationToken
    )
    {
        var target = new Uri(repository.AbsoluteUri.TrimEnd('/') + Path + Query);
        var known = PartsOf(target).ToHashSet(StringComparer.Ordinal);
        var brought = Array.Empty<string>();
        var redirected = new CredentialRedaction(brought);
        for (var redirects = 0; ; redirects++)
        {
            var response = await AskAsync(http, target, credentials, cancellationToken);
            if (!Redirect.Is(response))
            {
                return await CheckedAsync(response, target, credentials, redirected, cancellationToken);
            }

            using (response)
            {
                var next = Next(http, target, response.Headers.Location, redirects);
                credentials = Redirect.StaysAt(target, next) ? credentials : credentials?.ForOtherOrigin();
                target = next;
                redirected = new CredentialRedaction(brought = [.. brought, .. PartsOf(next).Where(part => !known.Contains(part))]);
            }
        }
    }

    /// <summary>The service of a repository that redirects nowhere.</summary>
    public static Uri ServiceOf(Uri repository) => new(repository.AbsoluteUri.TrimEnd('/') + "/git-upload-pack");

    private static async Task<HttpResponseMessage> AskAsync(
        GitHttp http,
        Uri target,
        GitCredentials? credentials,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.Add("Git-Protocol", "version=2");
        request.Headers.Add("Pragma", "no-cache");
        request.Headers.Add("Accept", "*/*");
        return await http.SendAsync(request, credentials, cancellationToken);
    }

    private static async Task<FoundService> CheckedAsync(
        HttpResponseMessage response,
        Uri target,
        GitCredentials? credentials,
        CredentialRedaction redirected,
        CancellationToken cancellationToken
    )
    {
        var failure = await HttpStatusFailure.ReadAsync(response, credentials, cancellationToken)
            ?? (
                ResponseType.Equals(response.Content.Headers.ContentType?.MediaType, StringComparison.OrdinalIgnoreCase)
                    ? null
                    : NoGit(response, await BodyStart.ReadAsync(response, cancellationToken))
            );
        if (failure is not null)
        {
            response.Dispose();
            throw new RemoteFailureException(redirected.Of(failure));
        }

        return new FoundService(response, ServiceOf(new Uri(target.GetLeftPart(UriPartial.Path)[..^Path.Length])), credentials, redirected);
    }

    private static CloneFailure NoGit(HttpResponseMessage response, string start)
    {
        var type = RemoteText.Shown(response.Content.Headers.ContentType?.MediaType ?? "no content type");
        if (ObjectName.IsSha1(start.AsSpan(0, Math.Max(start.IndexOf('\t', StringComparison.Ordinal), 0))))
        {
            return new CloneFailure(
                Reasons.Unsupported,
                "The remote offers its files only (git's \"dumb\" HTTP protocol), which is not supported: have smart HTTP set up there "
                    + "(git http-backend), or use SSH."
            );
        }

        return type.Equals("text/html", StringComparison.OrdinalIgnoreCase)
            ? new CloneFailure(
                Reasons.Unsupported,
                "The remote responded with a web page (text/html) and not as a git repository: check that the URL leads to one, "
                    + "and that neither the host nor a proxy on the way asks for a login by a page."
            )
            : new CloneFailure(
                Reasons.TransferFailed,
                $"The remote responded with {type} and not as a git repository over smart HTTP: check that the URL leads to one."
            )
            {
                Quoted = type,
            };
    }

    private static Uri Next(GitHttp http, Uri current, Uri? location, int redirects)
    {
        if (redirects == MaximumRedirects)
        {
            throw Refused($"The remote redirects more than {MaximumRedirects} times: use the address that it should lead to.");
        }

        if (location is null)
        {
            throw Refused("The remote redirects without saying where: check the URL, and ask whoever runs the remote.");
        }

        if (!Uri.TryCreate(current, location, out var next))
        {
            throw Refused("The remote redirects to what is no URL: check the URL, and ask whoever runs the remote.");
        }

        if (next.Scheme is not ("https" or "http") || (current.Scheme == "https" && next.Scheme == "http"))
        {
            throw Refused(
                $"The remote redirects from {current.Scheme} to {(next.Scheme == "http" ? "http" : "another scheme")}, which is not "
                    + "followed: use the address that it leads to."
            );
        }

        if (!next.AbsolutePath.EndsWith(Path, StringComparison.Ordinal) || next.Query != Query)
        {
            throw new RemoteFailureException(
                new CloneFailure(
                    Reasons.Unsupported,
                    $"The remote redirects to a page on {RemoteText.Shown(next.IdnHost)} that is no git repository: check the URL, "
                        + "whether the repository needs credentials, "
                        + "and that neither the host nor a proxy on the way asks for a login by a page."
                )
            );
        }

        // What a user may not ask for, a remote may not lead to: credentials, and hosts that can't exist. Nor does a remote say as whom to
        // log in.
        var repository = GitUrl.Parse(next.GetLeftPart(UriPartial.Path)[..^Path.Length]);
        if (!repository.Succeeded || next.UserInfo.Length > 0)
        {
            throw Refused("The remote redirects to an address that can't be cloned from: check the URL, and ask whoever runs the remote.");
        }

        return http.Policy.Judge(repository.Value) is { } failure ? throw new RemoteFailureException(failure) : next;
    }

    /// <summary>
    /// Where a token may be in a URL that somebody else wrote. Such a URL is shown by its host alone; but what it leads to may repeat it.
    /// What is as short as a common name stays.
    /// </summary>
    private static IEnumerable<string> PartsOf(Uri url) =>
        url
            .AbsolutePath.Split('/')
            .Concat(url.UserInfo.Split(':'))
            .Append(url.Fragment.TrimStart('#'))
            .SelectMany(part => new[] { part, Uri.UnescapeDataString(part) })
            .Where(part => part.Length >= ShortestToken)
            .Distinct(StringComparer.Ordinal);

    private static RemoteFailureException Refused(string message) =>
        new(new CloneFailure(Reasons.Unreachable, message) { SaysNothingOfHost = true });
}

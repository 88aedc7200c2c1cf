using CodeRepoOperator.Cloning.Remotes.Protocol;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes.Http;

/// <summary>
/// Finds a remote's service by its <c>info/refs</c>. Redirects are followed there and nowhere else, as git does: the service is
/// where the last one leads, so it must lead to an <c>info/refs</c> again.
/// </summary>
internal static class InfoRefs
{
    private const int MaximumRedirects = 5;
    private const string Path = "/info/refs";
    private const string Query = "?service=git-upload-pack";
    private const string AnswerType = "application/x-git-upload-pack-advertisement";

    public static async Task<FoundService> GetAsync(GitHttp http, Uri repository, GitCredentials? credentials, CancellationToken cancellationToken)
    {
        var target = new Uri(repository.AbsoluteUri.TrimEnd('/') + Path + Query);
        for (var redirects = 0; ; redirects++)
        {
            var response = await AskAsync(http, target, credentials, cancellationToken);
            if (!IsRedirect(response))
            {
                return await CheckedAsync(response, target, credentials, cancellationToken);
            }

            using (response)
            {
                var next = Next(http, target, response.Headers.Location, redirects);
                credentials = SameOrigin(target, next) ? credentials : credentials?.ForOtherOrigin();
                target = next;
            }
        }
    }

    private static async Task<HttpResponseMessage> AskAsync(
        GitHttp http, Uri target, GitCredentials? credentials, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.Add("Git-Protocol", "version=2");
        request.Headers.Add("Pragma", "no-cache");
        request.Headers.Add("Accept", "*/*");
        return await http.SendAsync(request, credentials, cancellationToken);
    }

    private static async Task<FoundService> CheckedAsync(
        HttpResponseMessage response, Uri target, GitCredentials? credentials, CancellationToken cancellationToken)
    {
        var failure = await HttpStatusFailure.ReadAsync(response, credentials, cancellationToken)
            ?? (response.Content.Headers.ContentType?.MediaType == AnswerType ? null : NoGit(response, await BodyStart.ReadAsync(response, cancellationToken)));
        if (failure is not null)
        {
            response.Dispose();
            throw new RemoteFailureException(failure);
        }

        var service = target.GetLeftPart(UriPartial.Path)[..^Path.Length] + "/git-upload-pack";
        return new FoundService(response, new Uri(service), credentials);
    }

    private static CloneFailure NoGit(HttpResponseMessage response, string start)
    {
        var type = RemoteText.Shown(response.Content.Headers.ContentType?.MediaType ?? "no content type");
        if (ObjectName.IsSha1(start.AsSpan(0, Math.Max(start.IndexOf('\t', StringComparison.Ordinal), 0))))
        {
            return new CloneFailure(
                Reasons.Unsupported,
                "The remote offers its files only (git's \"dumb\" HTTP protocol), which is not supported: have smart HTTP set up there (git http-backend), or use SSH.");
        }

        return type == "text/html"
            ? new CloneFailure(
                Reasons.Unsupported,
                "The remote answered with a web page (text/html) and not as a git repository: check that the URL leads to one, "
                + "and that neither the host nor a proxy on the way asks for a login by a page.")
            : new CloneFailure(
                Reasons.TransferFailed, $"The remote answered with {type} and not as a git repository over smart HTTP: check that the URL leads to one.")
            { Quoted = type };
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
            throw Refused($"The remote redirects from {current.Scheme} to {RemoteText.Shown(next.Scheme)}, which is not followed: use the address that it leads to.");
        }

        if (!next.AbsolutePath.EndsWith(Path, StringComparison.Ordinal) || next.Query != Query)
        {
            throw Refused("The remote redirects to a page that is no git repository: check the URL, or whether the repository needs credentials.");
        }

        // What a user may not ask for, a remote may not lead to: credentials, and hosts that can't exist. Nor does a remote say as whom to log in.
        var repository = GitUrl.Parse(next.GetLeftPart(UriPartial.Path)[..^Path.Length]);
        if (!repository.Succeeded || next.UserInfo.Length > 0)
        {
            throw Refused("The remote redirects to an address that can't be cloned from: check the URL, and ask whoever runs the remote.");
        }

        return http.Policy.Judge(repository.Value) is { } failure ? throw new RemoteFailureException(failure) : next;
    }

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static bool SameOrigin(Uri one, Uri other) => one.GetLeftPart(UriPartial.Authority) == other.GetLeftPart(UriPartial.Authority);

    private static RemoteFailureException Refused(string message) =>
        new(new CloneFailure(Reasons.Unreachable, message) { SaysNothingOfHost = true });
}

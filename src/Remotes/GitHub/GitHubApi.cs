using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Remotes.GitHub;

/// <summary>Has GitHub issue tokens for installations of Apps, over connections under the same rules as those to remotes.</summary>
internal sealed class GitHubApi(GitHttp http, HostPolicy policy, TimeProvider time)
{
    /// <summary>All that a clone needs, whatever else the App may do.</summary>
    private static readonly byte[] Permissions = """{"permissions":{"contents":"read"}}"""u8.ToArray();

    /// <summary>A list of repositories may be beside the token, some 5 KB each.</summary>
    private const int MostBytes = 4 << 20;

    /// <summary>For the two or three requests of one token, connections included.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Gets a token, which may read all that the installation may.</summary>
    /// <param name="app">The App and where it is installed.</param>
    /// <param name="given">What else its Secret holds: whom to trust, and a certificate to be shown.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<Attempt<GitHubAppToken>> IssueTokenAsync(GitHubApp app, GitCredentials given, CancellationToken cancellationToken)
    {
        var login = given with
        {
            App = null,
            Http = new HttpLogin(null, GitHubAppJwt.Make(app, time.GetUtcNow())) { MadeOf = HttpLogin.OfGitHubApp },
        };
        var address = GitUrl.Parse(app.Api + "/app");
        if ((address.Failure ?? policy.Judge(address.Value!, login)) is { } refused)
        {
            return refused;
        }

        using var own = http.With(login);
        using var timeout = new LinkedTimeout(LongestWait, time, cancellationToken);
        try
        {
            return await new Visit(own ?? http, app, login, time).IssueTokenAsync(timeout.Token);
        }
        catch (RemoteFailureException e)
        {
            return e.Failure;
        }
        catch (OperationCanceledException) when (timeout.HasElapsed)
        {
            return new CloneFailure(
                Reasons.Timeout,
                $"GitHub's API at {address.Value!.Host} did not respond within {LongestWait.TotalSeconds:0} s: it is tried again; if it "
                    + "stays so, check network policies and proxies."
            );
        }
    }

    /// <summary>The requests for one token.</summary>
    private sealed class Visit(GitHttp http, GitHubApp app, GitCredentials login, TimeProvider time)
    {
        public async Task<Attempt<GitHubAppToken>> IssueTokenAsync(CancellationToken cancellationToken)
        {
            var installation = app.InstallationId ?? await FindInstallationAsync(cancellationToken);
            using var request = RequestFor(HttpMethod.Post, $"/app/installations/{installation}/access_tokens");
            request.Content = new ByteArrayContent(Permissions);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await SendAsync(request, cancellationToken);
            using var issued = await ReadAsync(response, cancellationToken);
            var now = response.Headers.Date ?? time.GetUtcNow();
            return
                Text(issued.RootElement, "token") is { Length: > 0 } token
                && token.All(letter => letter is > ' ' and < '\x7f')
                && DateTimeOffset.TryParse(
                    Text(issued.RootElement, "expires_at"),
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal,
                    out var end
                )
                ? new GitHubAppToken(token, end - now)
                : GitHubApiFailure.Unreadable(login.Source);
        }

        private async Task<string> FindInstallationAsync(CancellationToken cancellationToken)
        {
            foreach (var kind in (string[])["orgs", "users"])
            {
                using var request = RequestFor(HttpMethod.Get, $"/{kind}/{app.Owner}/installation");
                using var response = await http.SendAsync(request, login, cancellationToken);
                if (response.StatusCode == HttpStatusCode.NotFound)
                {
                    continue;
                }

                await CheckAsync(response, cancellationToken);
                using var found = await ReadAsync(response, cancellationToken);
                return
                    found.RootElement is { ValueKind: JsonValueKind.Object } installation
                    && installation.TryGetProperty("id", out var id)
                    && id.ValueKind == JsonValueKind.Number
                    && id.TryGetInt64(out var number)
                    ? number.ToString(CultureInfo.InvariantCulture)
                    : throw new RemoteFailureException(GitHubApiFailure.Unreadable(login.Source));
            }

            throw new RemoteFailureException(GitHubApiFailure.NotInstalled(app, login.Source));
        }

        private HttpRequestMessage RequestFor(HttpMethod method, string path)
        {
            var request = new HttpRequestMessage(method, app.Api + path);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.github+json"));
            request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
            return request;
        }

        private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await http.SendAsync(request, login, cancellationToken);
            try
            {
                await CheckAsync(response, cancellationToken);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }

        private async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            if (await GitHubApiFailure.ReadAsync(response, app, login.Source, time.GetUtcNow(), cancellationToken) is { } failure)
            {
                throw new RemoteFailureException(failure);
            }
        }

        private async Task<JsonDocument> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            try
            {
                return await GitHttp.ReadingAsync(async () =>
                {
                    await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                    var bytes = new byte[MostBytes];
                    var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
                    return JsonDocument.Parse(bytes.AsMemory(0, length));
                });
            }
            catch (JsonException)
            {
                throw new RemoteFailureException(GitHubApiFailure.Unreadable(login.Source));
            }
        }

        private static string? Text(JsonElement element, string name) =>
            element.ValueKind == JsonValueKind.Object
            && element.TryGetProperty(name, out var found)
            && found.ValueKind == JsonValueKind.String
                ? found.GetString()
                : null;
    }
}

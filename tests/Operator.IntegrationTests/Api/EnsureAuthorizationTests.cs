using System.Net;
using CodeRepoOperator.Api.Callers;
using CodeRepoOperator.Monitoring;

namespace CodeRepoOperator.Api;

/// <summary>Who gets a clone, decided by a real API server on real tokens.</summary>
public sealed class EnsureAuthorizationTests(EnsureFixture fixture, KubeApiServer cluster) : IClassFixture<EnsureFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Who_has_no_good_token_or_no_right_gets_nothing_whether_or_not_there_is_something()
    {
        var other = await cluster.CreateNamespaceAsync(Ended);
        var own = fixture.Fixture.Namespace;
        await fixture.Callers.MakeAccountAsync(own, "stranger");
        await fixture.Callers.MakeAccountAsync(other, "elsewhere");
        await fixture.Callers.GrantAsync(other, "elsewhere");
        foreach (var (account, repo) in new[] { ("of-this", "guarded"), ("of-another", "another") })
        {
            await fixture.Callers.MakeAccountAsync(own, account);
            await fixture.Callers.GrantAsync(own, account, repo);
        }

        await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = "guarded");
        await fixture.Fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "guarded");
        var before = fixture.Fixture.Server.Requests;
        (string What, string? Token, HttpStatusCode Status, string Reason)[] cases =
        [
            ("no token", null, HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("no token at all", "a token with spaces", HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("garbage", "garbage", HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("garbage like a token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", HttpStatusCode.Unauthorized, "Unauthenticated"),
            (
                "wrong audience",
                await fixture.Callers.TokenAsync(own, "consumer", "somebody-else"),
                HttpStatusCode.Unauthorized,
                "Unauthenticated"
            ),
            (
                "for the API server",
                await fixture.Callers.TokenAsync(own, "consumer", "https://kubernetes.default.svc"),
                HttpStatusCode.Unauthorized,
                "Unauthenticated"
            ),
            ("expired", await fixture.TokenUntilAsync(own, "consumer", Now.AddMinutes(-5)), HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("no right", await fixture.Callers.TokenAsync(own, "stranger"), HttpStatusCode.Forbidden, "Forbidden"),
            ("right to another one", await fixture.Callers.TokenAsync(own, "of-another"), HttpStatusCode.Forbidden, "Forbidden"),
            ("right in another namespace", await fixture.Callers.TokenAsync(other, "elsewhere"), HttpStatusCode.Forbidden, "Forbidden"),
        ];

        foreach (var (what, token, status, reason) in cases)
        {
            foreach (var name in new[] { "guarded", "absent" })
            {
                var response =
                    token?.Contains(' ', StringComparison.Ordinal) == true
                        ? await WithHeaderAsync($"Bearer {token}", name)
                        : await fixture.EnsureAsync(name, token);
                Assert.True((response.Status, response.Reason) == (status, reason), $"{what}, {name}: {response}");
                Assert.Equal("application/problem+json", response.Type);
                Assert.Equal(status == HttpStatusCode.Unauthorized ? "Bearer realm=\"coderepo\"" : "", response.Challenge);
            }
        }

        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("guarded")).Status);
        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("guarded", await fixture.Callers.TokenAsync(own, "of-this"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.EnsureAsync("absent")).Status);
        Assert.Equal(before, fixture.Fixture.Server.Requests);
        Assert.DoesNotContain(cases.Select(one => one.Token).OfType<string>(), token =>
            token.Length > 20 && fixture.Operator.Log.Contains(token, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_the_API_server_said_is_remembered_so_that_it_is_asked_once()
    {
        await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = "remembered");
        await fixture.Fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "remembered");
        await fixture.Callers.MakeAccountAsync(fixture.Fixture.Namespace, "many");
        await fixture.Callers.GrantAsync(fixture.Fixture.Namespace, "many");
        var token = await fixture.Callers.TokenAsync(fixture.Fixture.Namespace, "many");
        var (tokens, accesses) = (Asked("tokenreviews"), Asked("subjectaccessreviews"));

        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => fixture.EnsureAsync("remembered", token)));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.Status));
        Assert.Equal((tokens + 1, accesses + 1), (Asked("tokenreviews"), Asked("subjectaccessreviews")));
    }

    [Fact]
    public async Task While_the_API_server_is_away_only_what_is_remembered_is_granted()
    {
        await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = "away");
        await fixture.Fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "away");
        var unknown = await fixture.Callers.TokenAsync(fixture.Fixture.Namespace, "consumer");
        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("away")).Status);
        fixture.Proxy.Refuse = request =>
            request.Path.Contains("reviews", StringComparison.Ordinal) ? HttpStatusCode.ServiceUnavailable : null;
        try
        {
            Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("away")).Status);
            foreach (var refused in new[] { await fixture.EnsureAsync("away", unknown), await fixture.EnsureAsync("never-asked") })
            {
                Assert.Equal(
                    (HttpStatusCode.ServiceUnavailable, "AuthorizationUnavailable", 5.0),
                    (refused.Status, refused.Reason, refused.RetryAfter)
                );
            }
        }
        finally
        {
            fixture.Proxy.Refuse = _ => null;
        }

        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("away", unknown)).Status);
        Assert.Contains("can't be asked about callers (token review): 503", fixture.Operator.Log, StringComparison.Ordinal);
        Assert.True(await fixture.CountedAsync("coderepo_api_reviews_total{kind=\"token\",result=\"failed\"}") >= 1);
    }

    [Fact]
    public async Task A_grant_ends_with_the_token()
    {
        await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = "brief");
        await fixture.Fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "brief");
        var token = await fixture.TokenUntilAsync(fixture.Fixture.Namespace, "consumer", Now.AddSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("brief", token)).Status);

        // The API server takes some seconds too many for granted (clock skew); it is asked again, which is what matters here.
        var asked = Asked("tokenreviews");
        await Eventually.HoldsAsync(
            "the API server is asked again",
            async _ =>
            {
                await fixture.EnsureAsync("brief", token);
                return Asked("tokenreviews") > asked;
            },
            TimeSpan.FromSeconds(20),
            Ended
        );
    }

    [Fact]
    public async Task A_right_that_is_given_counts_soon()
    {
        await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = "given");
        await fixture.Callers.MakeAccountAsync(fixture.Fixture.Namespace, "newcomer");
        var token = await fixture.Callers.TokenAsync(fixture.Fixture.Namespace, "newcomer");
        Assert.Equal(HttpStatusCode.Forbidden, (await fixture.EnsureAsync("given", token)).Status);

        await fixture.Callers.GrantAsync(fixture.Fixture.Namespace, "newcomer");

        await Eventually.SeeAsync(
            "the right counts",
            _ => fixture.EnsureAsync("given", token),
            response => response.Status == HttpStatusCode.OK,
            TimeSpan.FromSeconds(20),
            Ended
        );
    }

    [Fact]
    public async Task The_commands_of_the_guide_do_what_they_say()
    {
        await fixture.Fixture.CreateAsync();
        await fixture.Fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null);
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "token");
        await File.WriteAllTextAsync(file, fixture.Token, Ended);
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = cluster.Programs,
            ["KUBECONFIG"] = cluster.AdminKubeconfig,
            ["HOME"] = directory.Path,
        };
        var ran = new List<string>();
        foreach (var block in GuideBlock.Of("docs/ensure-api.md", "sh"))
        {
            var script = string.Join('\n', block.Lines)
                .Replace("/var/run/secrets/coderepo/token", file, StringComparison.Ordinal)
                .Replace(
                    "http://coderepo-operator-api.coderepo-system.svc:8080",
                    fixture.Http.BaseAddress!.ToString().TrimEnd('/'),
                    StringComparison.Ordinal
                )
                .Replace("namespaces/default", $"namespaces/{fixture.Fixture.Namespace}", StringComparison.Ordinal)
                .Replace("--namespace default", $"--namespace {fixture.Fixture.Namespace}", StringComparison.Ordinal)
                .Replace("serviceaccount:default:indexer", $"serviceaccount:{fixture.Fixture.Namespace}:consumer", StringComparison.Ordinal)
                .Replace("indexer", "consumer", StringComparison.Ordinal);
            ran.Add((await ProcessRunner.RunAsync("bash", ["-euo", "pipefail", "-c", script], environment, "", Ended)).OutputOrThrow());
        }

        Assert.Equal(2, ran.Count);
        Assert.Contains($"\"path\":\"{fixture.Fixture.Namespace}/hello\"", ran[0], StringComparison.Ordinal);
        Assert.EndsWith("yes\n", ran[1], StringComparison.Ordinal);
        Assert.NotNull(BearerToken.ExpiryOf(ran[1].Split('\n')[0]));
    }

    private int Asked(string what) => fixture.Proxy.Requests.Count(request => request.Path.EndsWith($"/{what}", StringComparison.Ordinal));

    private async Task<ApiResponse> WithHeaderAsync(string authorization, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/namespaces/{fixture.Fixture.Namespace}/coderepos/{name}/ensure");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await fixture.Http.SendAsync(request, Ended);
        return await ApiResponse.OfAsync(response, Ended);
    }
}

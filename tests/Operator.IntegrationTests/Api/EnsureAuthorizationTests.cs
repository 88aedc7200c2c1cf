using System.Net;
using CodeRepoOperator.Api.Callers;
using CodeRepoOperator.Machinery;
using CodeRepoOperator.Monitoring;

namespace CodeRepoOperator.Api;

/// <summary>Who gets a clone, decided by a real API server on real tokens.</summary>
public sealed class EnsureAuthorizationTests(EnsureBench bench, KubeApiServer cluster) : IClassFixture<EnsureBench>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Who_has_no_good_token_or_no_right_gets_nothing_whether_or_not_there_is_something()
    {
        var other = await cluster.CreateNamespaceAsync(Ended);
        var own = bench.Bench.Namespace;
        await bench.Callers.MakeAccountAsync(own, "stranger");
        await bench.Callers.MakeAccountAsync(other, "elsewhere");
        await bench.Callers.GrantAsync(other, "elsewhere");
        foreach (var (account, repo) in new[] { ("of-this", "guarded"), ("of-another", "another") })
        {
            await bench.Callers.MakeAccountAsync(own, account);
            await bench.Callers.GrantAsync(own, account, repo);
        }

        await bench.Bench.CreateAsync(repo => repo.Metadata.Name = "guarded");
        await bench.Bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "guarded");
        var before = bench.Bench.Server.Requests;
        (string What, string? Token, HttpStatusCode Status, string Reason)[] cases =
        [
            ("no token", null, HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("no token at all", "a token with spaces", HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("garbage", "garbage", HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("garbage like a token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("wrong audience", await bench.Callers.TokenAsync(own, "consumer", "somebody-else"), HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("for the API server", await bench.Callers.TokenAsync(own, "consumer", "https://kubernetes.default.svc"), HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("expired", await bench.TokenUntilAsync(own, "consumer", Now.AddMinutes(-5)), HttpStatusCode.Unauthorized, "Unauthenticated"),
            ("no right", await bench.Callers.TokenAsync(own, "stranger"), HttpStatusCode.Forbidden, "Forbidden"),
            ("right to another one", await bench.Callers.TokenAsync(own, "of-another"), HttpStatusCode.Forbidden, "Forbidden"),
            ("right in another namespace", await bench.Callers.TokenAsync(other, "elsewhere"), HttpStatusCode.Forbidden, "Forbidden"),
        ];

        foreach (var (what, token, status, reason) in cases)
        {
            foreach (var name in new[] { "guarded", "absent" })
            {
                var answer = token?.Contains(' ', StringComparison.Ordinal) == true ? await WithHeaderAsync($"Bearer {token}", name) : await bench.EnsureAsync(name, token);
                Assert.True((answer.Status, answer.Reason) == (status, reason), $"{what}, {name}: {answer}");
                Assert.Equal("application/problem+json", answer.Type);
                Assert.Equal(status == HttpStatusCode.Unauthorized ? "Bearer realm=\"coderepo\"" : "", answer.Challenge);
            }
        }

        Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("guarded")).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("guarded", await bench.Callers.TokenAsync(own, "of-this"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.EnsureAsync("absent")).Status);
        Assert.Equal(before, bench.Bench.Server.Requests);
        Assert.DoesNotContain(cases.Select(one => one.Token).OfType<string>(), token => token.Length > 20 && bench.Operator.Log.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_API_server_said_is_remembered_so_that_it_is_asked_once()
    {
        await bench.Bench.CreateAsync(repo => repo.Metadata.Name = "remembered");
        await bench.Bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "remembered");
        await bench.Callers.MakeAccountAsync(bench.Bench.Namespace, "many");
        await bench.Callers.GrantAsync(bench.Bench.Namespace, "many");
        var token = await bench.Callers.TokenAsync(bench.Bench.Namespace, "many");
        var (tokens, accesses) = (Asked("tokenreviews"), Asked("subjectaccessreviews"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => bench.EnsureAsync("remembered", token)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal((tokens + 1, accesses + 1), (Asked("tokenreviews"), Asked("subjectaccessreviews")));
    }

    [Fact]
    public async Task While_the_API_server_is_away_only_what_is_remembered_is_granted()
    {
        await bench.Bench.CreateAsync(repo => repo.Metadata.Name = "away");
        await bench.Bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "away");
        var unknown = await bench.Callers.TokenAsync(bench.Bench.Namespace, "consumer");
        Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("away")).Status);
        bench.Proxy.Refuse = request => request.Path.Contains("reviews", StringComparison.Ordinal) ? HttpStatusCode.ServiceUnavailable : null;
        try
        {
            Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("away")).Status);
            foreach (var refused in new[] { await bench.EnsureAsync("away", unknown), await bench.EnsureAsync("never-asked") })
            {
                Assert.Equal((HttpStatusCode.ServiceUnavailable, "AuthorizationUnavailable", 5.0), (refused.Status, refused.Reason, refused.RetryAfter));
            }
        }
        finally
        {
            bench.Proxy.Refuse = _ => null;
        }

        Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("away", unknown)).Status);
        Assert.Contains("can't be asked about callers (token review): 503", bench.Operator.Log, StringComparison.Ordinal);
        Assert.True(await bench.CountedAsync("coderepo_api_reviews_total{kind=\"token\",result=\"failed\"}") >= 1);
    }

    [Fact]
    public async Task A_grant_ends_with_the_token()
    {
        await bench.Bench.CreateAsync(repo => repo.Metadata.Name = "brief");
        await bench.Bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "brief");
        var token = await bench.TokenUntilAsync(bench.Bench.Namespace, "consumer", Now.AddSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("brief", token)).Status);

        // The API server takes some seconds too many for granted (clock skew); it is asked again, which is what matters here.
        var asked = Asked("tokenreviews");
        await Eventually.HoldsAsync(
            "the API server is asked again",
            async _ =>
            {
                await bench.EnsureAsync("brief", token);
                return Asked("tokenreviews") > asked;
            },
            TimeSpan.FromSeconds(20),
            Ended);
    }

    [Fact]
    public async Task A_right_that_is_given_counts_soon()
    {
        await bench.Bench.CreateAsync(repo => repo.Metadata.Name = "given");
        await bench.Callers.MakeAccountAsync(bench.Bench.Namespace, "newcomer");
        var token = await bench.Callers.TokenAsync(bench.Bench.Namespace, "newcomer");
        Assert.Equal(HttpStatusCode.Forbidden, (await bench.EnsureAsync("given", token)).Status);

        await bench.Callers.GrantAsync(bench.Bench.Namespace, "newcomer");

        await Eventually.SeeAsync(
            "the right counts", _ => bench.EnsureAsync("given", token), answer => answer.Status == HttpStatusCode.OK, TimeSpan.FromSeconds(20), Ended);
    }

    [Fact]
    public async Task The_commands_of_the_guide_do_what_they_say()
    {
        await bench.Bench.CreateAsync();
        await bench.Bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null);
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "token");
        await File.WriteAllTextAsync(file, bench.Token, Ended);
        var environment = new Dictionary<string, string> { ["PATH"] = cluster.Programs, ["KUBECONFIG"] = cluster.AdminKubeconfig, ["HOME"] = folder.Path };
        var ran = new List<string>();
        foreach (var block in GuideBlock.Of("docs/ensure-api.md", "sh"))
        {
            var script = string.Join('\n', block.Lines)
                .Replace("/var/run/secrets/coderepo/token", file, StringComparison.Ordinal)
                .Replace("http://coderepo-operator-api.coderepo-system.svc:8080", bench.Http.BaseAddress!.ToString().TrimEnd('/'), StringComparison.Ordinal)
                .Replace("namespaces/default", $"namespaces/{bench.Bench.Namespace}", StringComparison.Ordinal)
                .Replace("--namespace default", $"--namespace {bench.Bench.Namespace}", StringComparison.Ordinal)
                .Replace("serviceaccount:default:indexer", $"serviceaccount:{bench.Bench.Namespace}:consumer", StringComparison.Ordinal)
                .Replace("indexer", "consumer", StringComparison.Ordinal);
            ran.Add((await ProcessRunner.RunAsync("bash", ["-euo", "pipefail", "-c", script], environment, "", Ended)).OutputOrThrow());
        }

        Assert.Equal(2, ran.Count);
        Assert.Contains($"\"path\":\"{bench.Bench.Namespace}/hello\"", ran[0], StringComparison.Ordinal);
        Assert.EndsWith("yes\n", ran[1], StringComparison.Ordinal);
        Assert.NotNull(BearerToken.ExpiryOf(ran[1].Split('\n')[0]));
    }

    private int Asked(string what) => bench.Proxy.Requests.Count(request => request.Path.EndsWith($"/{what}", StringComparison.Ordinal));

    private async Task<ApiAnswer> WithHeaderAsync(string authorization, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/namespaces/{bench.Bench.Namespace}/coderepos/{name}/ensure");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await bench.Http.SendAsync(request, Ended);
        return await ApiAnswer.OfAsync(response, Ended);
    }
}

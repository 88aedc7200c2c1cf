using System.Diagnostics;
using System.Net;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using GitServer;

namespace CodeRepoOperator.Api;

/// <summary>What a caller gets, by how things stand with the clone.</summary>
public sealed class EnsureTests(EnsureBench bench) : IClassFixture<EnsureBench>, IDisposable
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => bench.Bench.Server.Fault = _ => null;

    [Fact]
    public async Task A_clone_that_is_there_is_told_without_a_question_to_anybody()
    {
        var repo = await CloneAsync("warm");
        Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("warm")).Status);
        var (asked, fetched) = (bench.Proxy.Requests.Count(request => !request.Path.Contains("leases", StringComparison.Ordinal)), bench.Bench.Server.Requests);

        var answer = await bench.EnsureAsync("warm");

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.Type));
        Assert.Equal(KubeApiServer.OperatorClaim, answer.Body.GetProperty("claim").GetString());
        Assert.Equal(bench.Bench.Home, answer.Body.GetProperty("namespace").GetString());
        Assert.Equal($"{bench.Bench.Namespace}/warm", answer.Body.GetProperty("path").GetString());
        Assert.Equal((repo.Status!.Commit, "main"), (answer.Body.GetProperty("commit").GetString(), answer.Body.GetProperty("branch").GetString()));
        Assert.False(answer.Body.GetProperty("recloned").GetBoolean());
        Assert.Equal((asked, fetched), (bench.Proxy.Requests.Count(request => !request.Path.Contains("leases", StringComparison.Ordinal)), bench.Bench.Server.Requests));
        Assert.True(await bench.CountedAsync("coderepo_ensure_requests_total{result=\"warm\"}") >= 2);
    }

    [Fact]
    public async Task A_clone_that_was_wiped_is_there_again_when_the_call_returns()
    {
        var repo = await CloneAsync("wiped");
        Directory.Delete(bench.Bench.Clone("wiped"), recursive: true);

        var answer = await bench.EnsureAsync("wiped");

        Assert.Equal((HttpStatusCode.OK, true), (answer.Status, answer.Body.GetProperty("recloned").GetBoolean()));
        await bench.Bench.SeeCloneAsync(repo.Status!.Commit!, "wiped");
        await bench.Bench.SeeAsync("it in the status", seen => seen.Status?.Reclones == 1, "wiped");
        await Eventually.SeeAsync("its event", _ => bench.Bench.EventsAsync("wiped"), events => events.Contains(EventReasons.Recloned), CloneBench.Soon, Ended);
        Assert.False((await bench.EnsureAsync("wiped")).Body.GetProperty("recloned").GetBoolean());
        Assert.True(await bench.CountedAsync("coderepo_ensure_requests_total{result=\"cold\"}") >= 1);
    }

    [Fact]
    public async Task What_is_on_demand_is_cloned_when_first_asked_for()
    {
        await bench.Bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Policy) = ("lazy", ClonePolicy.OnDemand));
        await bench.Bench.SeeAsync(
            "it waits", repo => CloneBench.Condition(repo, ConditionTypes.Ready)?.Reason == Reasons.NotRequested, "lazy");
        Assert.False(Directory.Exists(bench.Bench.Clone("lazy")));

        var answer = await bench.EnsureAsync("lazy");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.False(answer.Body.GetProperty("recloned").GetBoolean());
        await bench.Bench.SeeAsync("it in the status", repo => CloneBench.Condition(repo, ConditionTypes.Ready)?.Status == "True", "lazy");
    }

    [Fact]
    public async Task What_is_suspended_is_told_if_it_is_there_and_refused_if_not()
    {
        await CloneAsync("paused");
        await bench.Bench.PatchAsync(new { spec = new { suspend = true } }, "paused");
        await bench.Bench.SeeAsync("it is suspended", repo => CloneBench.Condition(repo, ConditionTypes.Ready)?.Reason == Reasons.Suspended, "paused");
        Assert.Equal(HttpStatusCode.OK, (await bench.EnsureAsync("paused")).Status);

        Directory.Delete(bench.Bench.Clone("paused"), recursive: true);

        var refused = await bench.EnsureAsync("paused");
        Assert.Equal((HttpStatusCode.Conflict, Reasons.Suspended, null), (refused.Status, refused.Reason, refused.RetryAfter));
        Assert.False(Directory.Exists(bench.Bench.Clone("paused")));
    }

    [Fact]
    public async Task A_remote_that_refuses_is_asked_once_however_many_callers_come()
    {
        await bench.Bench.CreateAsync(repo =>
            (repo.Metadata.Name, repo.Spec.GitUrl, repo.Spec.Policy) = ("refused", bench.Bench.Server.UrlOf("absent.git"), ClonePolicy.OnDemand));
        await bench.Bench.SeeAsync("it waits", repo => repo.Status is not null, "refused");
        var before = bench.Bench.Server.Requests;

        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => bench.EnsureAsync("refused")));
        var attempt = bench.Bench.Server.Requests - before;
        var watch = Stopwatch.StartNew();
        var later = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => bench.EnsureAsync("refused")));

        Assert.All(first.Concat(later), answer =>
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, Reasons.RepositoryNotFound), (answer.Status, answer.Reason));
            Assert.Contains("check the URL", answer.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);

            // Store:TerminalRetryInterval, which is a minute here, give or take a fifth.
            Assert.InRange(answer.RetryAfter!.Value, 20, 73);
        });
        Assert.Equal(attempt, bench.Bench.Server.Requests - before);
        Assert.InRange(attempt, 1, 2);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        await bench.Bench.SeeAsync("it in the status", repo => CloneBench.Condition(repo, ConditionTypes.Stalled)?.Reason == Reasons.RepositoryNotFound, "refused");
    }

    [Fact]
    public async Task A_remote_that_is_down_is_tried_again_after_the_back_off_and_not_before()
    {
        await CloneAsync("down");
        var attempts = 0;
        bench.Bench.Server.Fault = request => IsOf(request, "down") && Interlocked.Increment(ref attempts) > 0 ? new RequestFault { Status = 503, RetryAfter = "4" } : null;
        Directory.Delete(bench.Bench.Clone("down"), recursive: true);

        var failed = await bench.EnsureAsync("down");
        var tried = attempts;
        var again = await bench.EnsureAsync("down");

        Assert.All([failed, again], answer => Assert.Equal((HttpStatusCode.ServiceUnavailable, Reasons.Unreachable), (answer.Status, answer.Reason)));
        Assert.InRange(failed.RetryAfter!.Value, 1, 6);
        Assert.Equal(tried, attempts);
        bench.Bench.Server.Fault = _ => null;
        await Eventually.SeeAsync("the clone", _ => bench.EnsureAsync("down"), answer => answer.Status == HttpStatusCode.OK, CloneBench.Soon, Ended);
    }

    [Fact]
    public async Task Who_does_not_wait_is_told_that_it_is_being_made_and_it_is_made_all_the_same()
    {
        var gate = new TaskCompletionSource();
        bench.Bench.Server.Fault = request => IsOf(request, "slow") && GitHttpServer.StageOf(request) == RequestStage.Fetch && !gate.Task.IsCompleted ? new RequestFault { HangBeforeAnswer = true } : null;
        LinkTo("slow");
        await bench.Bench.CreateAsync(repo =>
            (repo.Metadata.Name, repo.Spec.GitUrl, repo.Spec.Policy, repo.Spec.Timeout) = ("slow", bench.Bench.Server.UrlOf("slow.git"), ClonePolicy.OnDemand, "3s"));
        await bench.Bench.SeeAsync("it waits", repo => repo.Status is not null, "slow");

        var answer = await bench.EnsureAsync("slow", query: "?wait=0s");

        Assert.Equal((HttpStatusCode.Accepted, Reasons.Cloning, 1.0), (answer.Status, answer.Reason, answer.RetryAfter));
        Assert.Equal($"/v1/namespaces/{bench.Bench.Namespace}/coderepos/slow/ensure", answer.Location);
        var watch = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.Accepted, (await bench.EnsureAsync("slow", query: "?wait=300ms")).Status);
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(290), $"{watch.Elapsed}");
        gate.SetResult();
        await Eventually.True(() => Directory.Exists(bench.Bench.Clone("slow")), CloneBench.Soon, Ended);
        await Eventually.SeeAsync("the answer", _ => bench.EnsureAsync("slow"), seen => seen.Status == HttpStatusCode.OK, CloneBench.Soon, Ended);
    }

    [Fact]
    public async Task What_no_API_server_would_have_taken_is_refused_before_anything_is_done()
    {
        await CloneAsync("plain");
        var (asked, fetched) = (bench.Proxy.Requests.Count(request => request.Path.Contains("reviews", StringComparison.Ordinal)), bench.Bench.Server.Requests);
        var unknown = "not-a-token-that-is-known";
        string[] names =
        [
            "..%2fplain", "%2e%2e%2fplain", "..%2f..%2fetc", "%2fetc", "plain%2f..", "Plain", "plain_", "-plain", "plain-", "plain..x", ".git", ".coderepo", "pl%20ain",
            "%5c..%5c", "pl%c3%a4in", new string('a', 254), "plain%0a", "plain;x",
        ];

        foreach (var name in names)
        {
            foreach (var (ofNamespace, ofName) in new[] { (bench.Bench.Namespace, name), (name, "plain") })
            {
                var answer = await bench.EnsureAsync(ofName, unknown, ofNamespace: ofNamespace);
                Assert.True((answer.Status, answer.Reason) == (HttpStatusCode.BadRequest, "InvalidRequest"), $"{ofNamespace}/{ofName}: {answer}");
            }
        }

        foreach (var query in new[] { "?wait=soon", "?wait=-1s", "?wait=", "?wait=1", "?wait=6m", "?wait=1s&wait=2s" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await bench.EnsureAsync("plain", unknown, query)).Status);
        }

        // Kestrel itself takes no path with a zero in it, and no more is said.
        Assert.Equal(HttpStatusCode.BadRequest, (await bench.EnsureAsync("plain%00", unknown)).Status);

        // What a URL parser makes another path of is another path.
        Assert.Equal(HttpStatusCode.NotFound, (await bench.SendAsync(HttpMethod.Post, "/v1/namespaces/x/coderepos/../../plain/ensure", unknown)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.SendAsync(HttpMethod.Get, "/healthz", null)).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await bench.SendAsync(HttpMethod.Get, $"/v1/namespaces/{bench.Bench.Namespace}/coderepos/plain/ensure", null)).Status);
        Assert.Equal((asked, fetched), (bench.Proxy.Requests.Count(request => request.Path.Contains("reviews", StringComparison.Ordinal)), bench.Bench.Server.Requests));
        Assert.Equal(HttpStatusCode.NotFound, (await bench.Operator.GetAsync("/openapi/v1.json", Ended)).Status);
    }

    [Fact]
    public async Task Who_waits_for_one_that_is_deleted_is_told_that_it_is_gone()
    {
        bench.Bench.Server.Fault = request => IsOf(request, "leaving") ? new RequestFault { HangBeforeAnswer = true } : null;
        LinkTo("leaving");
        await bench.Bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("leaving", bench.Bench.Server.UrlOf("leaving.git")));
        await bench.Bench.SeeAsync("it is being cloned", repo => CloneBench.Condition(repo, ConditionTypes.Reconciling)?.Reason == Reasons.Cloning, "leaving");
        var waits = bench.EnsureAsync("leaving", query: "?wait=60s");
        await Eventually.True(() => bench.Operator.Log.Contains($"{bench.Bench.Namespace}/leaving is asked for", StringComparison.Ordinal), CloneBench.Soon, Ended);

        await bench.Bench.DeleteAsync("leaving");

        Assert.Equal(HttpStatusCode.NotFound, (await waits).Status);
    }

    private static bool IsOf(Microsoft.AspNetCore.Http.HttpRequest request, string name)
        => request.Path.Value!.StartsWith($"/{name}.git", StringComparison.Ordinal);

    /// <summary>Makes a CodeRepo whose requests can be told from others', and waits for its clone.</summary>
    private async Task<CodeRepo> CloneAsync(string name)
    {
        LinkTo(name);
        await bench.Bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = (name, bench.Bench.Server.UrlOf($"{name}.git")));
        return await bench.Bench.SeeAsync("a clone", repo => CloneBench.Condition(repo, ConditionTypes.Ready)?.Status == "True", name);
    }

    private void LinkTo(string name) => Directory.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(bench.Bench.Project.Bare)!, name + ".git"), bench.Bench.Project.Bare);
}

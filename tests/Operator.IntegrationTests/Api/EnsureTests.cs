using System.Diagnostics;
using System.Net;
using CodeRepoOperator.Entities;
using GitServer;

namespace CodeRepoOperator.Api;

/// <summary>What a caller gets, by the state of the clone.</summary>
public sealed class EnsureTests(EnsureFixture fixture) : IClassFixture<EnsureFixture>, IDisposable
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => fixture.Fixture.Server.Fault = _ => null;

    [Fact]
    public async Task A_clone_that_is_there_is_reported_without_a_question_to_anybody()
    {
        var repo = await CloneAsync("warm");
        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("warm")).Status);
        var (asked, fetched) = (
            fixture.Proxy.Requests.Count(request => !request.Path.Contains("leases", StringComparison.Ordinal)),
            fixture.Fixture.Server.Requests
        );

        var response = await fixture.EnsureAsync("warm");

        Assert.Equal((HttpStatusCode.OK, "application/json"), (response.Status, response.Type));
        Assert.Equal(KubeApiServer.OperatorClaim, response.Body.GetProperty("claim").GetString());
        Assert.Equal(fixture.Fixture.Home, response.Body.GetProperty("namespace").GetString());
        Assert.Equal($"{fixture.Fixture.Namespace}/warm", response.Body.GetProperty("path").GetString());
        Assert.Equal(
            (repo.Status!.Commit, "main"),
            (response.Body.GetProperty("commit").GetString(), response.Body.GetProperty("branch").GetString())
        );
        Assert.False(response.Body.GetProperty("recloned").GetBoolean());
        Assert.Equal(
            (asked, fetched),
            (
                fixture.Proxy.Requests.Count(request => !request.Path.Contains("leases", StringComparison.Ordinal)),
                fixture.Fixture.Server.Requests
            )
        );
        Assert.True(await fixture.CountedAsync("coderepo_ensure_requests_total{result=\"warm\"}") >= 2);
    }

    [Fact]
    public async Task A_clone_that_was_wiped_is_there_again_when_the_call_returns()
    {
        var repo = await CloneAsync("wiped");
        fixture.Fixture.LoseClone("wiped");

        var response = await fixture.EnsureAsync("wiped");

        Assert.Equal((HttpStatusCode.OK, true), (response.Status, response.Body.GetProperty("recloned").GetBoolean()));
        await fixture.Fixture.SeeCloneAsync(repo.Status!.Commit!, "wiped");
        await fixture.Fixture.SeeAsync("it in the status", seen => seen.Status?.Reclones == 1, "wiped");
        await Eventually.SeeAsync(
            "its event",
            _ => fixture.Fixture.EventsAsync("wiped"),
            events => events.Contains(EventReasons.Recloned),
            CloneFixture.Soon,
            Ended
        );
        Assert.False((await fixture.EnsureAsync("wiped")).Body.GetProperty("recloned").GetBoolean());
        Assert.True(await fixture.CountedAsync("coderepo_ensure_requests_total{result=\"cold\"}") >= 1);
    }

    [Fact]
    public async Task What_is_on_demand_is_cloned_when_first_asked_for()
    {
        await fixture.Fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Policy) = ("lazy", ClonePolicy.OnDemand));
        await fixture.Fixture.SeeAsync(
            "it waits",
            repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Reason == Reasons.NotRequested,
            "lazy"
        );
        Assert.False(Directory.Exists(fixture.Fixture.Clone("lazy")));

        var response = await fixture.EnsureAsync("lazy");

        Assert.Equal(HttpStatusCode.OK, response.Status);
        Assert.False(response.Body.GetProperty("recloned").GetBoolean());
        await fixture.Fixture.SeeAsync(
            "it in the status",
            repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True",
            "lazy"
        );
    }

    [Fact]
    public async Task What_is_suspended_is_reported_if_it_is_there_and_refused_if_not()
    {
        await CloneAsync("paused");
        await fixture.Fixture.PatchAsync(new { spec = new { suspend = true } }, "paused");
        await fixture.Fixture.SeeAsync(
            "it is suspended",
            repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Reason == Reasons.Suspended,
            "paused"
        );
        Assert.Equal(HttpStatusCode.OK, (await fixture.EnsureAsync("paused")).Status);

        fixture.Fixture.LoseClone("paused");

        var refused = await fixture.EnsureAsync("paused");
        Assert.Equal((HttpStatusCode.Conflict, Reasons.Suspended, null), (refused.Status, refused.Reason, refused.RetryAfter));
        Assert.False(Directory.Exists(fixture.Fixture.Clone("paused")));
    }

    [Fact]
    public async Task A_remote_that_refuses_is_asked_once_however_many_callers_come()
    {
        await fixture.Fixture.CreateAsync(repo =>
            (repo.Metadata.Name, repo.Spec.GitUrl, repo.Spec.Policy) = (
                "refused",
                fixture.Fixture.Server.UrlOf("absent.git"),
                ClonePolicy.OnDemand
            )
        );
        await fixture.Fixture.SeeAsync("it waits", repo => repo.Status is not null, "refused");
        var before = fixture.Fixture.Server.Requests;

        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => fixture.EnsureAsync("refused")));
        var attempt = fixture.Fixture.Server.Requests - before;
        var watch = Stopwatch.StartNew();
        var later = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => fixture.EnsureAsync("refused")));

        Assert.All(first.Concat(later), response =>
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, Reasons.RepositoryNotFound), (response.Status, response.Reason));
            Assert.Contains("check the URL", response.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);

            // Store:TerminalRetryInterval, which is a minute here, give or take a fifth.
            Assert.InRange(response.RetryAfter!.Value, 20, 73);
        });
        Assert.Equal(attempt, fixture.Fixture.Server.Requests - before);
        Assert.InRange(attempt, 1, 2);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        await fixture.Fixture.SeeAsync(
            "it in the status",
            repo => CloneFixture.Condition(repo, ConditionTypes.Stalled)?.Reason == Reasons.RepositoryNotFound,
            "refused"
        );
    }

    [Fact]
    public async Task A_remote_that_is_down_is_tried_again_after_the_back_off_and_not_before()
    {
        await CloneAsync("down");
        var attempts = 0;
        fixture.Fixture.Server.Fault = request =>
            IsOf(request, "down") && Interlocked.Increment(ref attempts) > 0 ? new RequestFault { Status = 503, RetryAfter = "4" } : null;
        fixture.Fixture.LoseClone("down");

        var failed = await fixture.EnsureAsync("down");
        var tried = attempts;
        var again = await fixture.EnsureAsync("down");

        Assert.All([failed, again], response =>
            Assert.Equal((HttpStatusCode.ServiceUnavailable, Reasons.Unreachable), (response.Status, response.Reason))
        );
        Assert.InRange(failed.RetryAfter!.Value, 1, 6);
        Assert.Equal(tried, attempts);
        fixture.Fixture.Server.Fault = _ => null;
        await Eventually.SeeAsync(
            "the clone",
            _ => fixture.EnsureAsync("down"),
            response => response.Status == HttpStatusCode.OK,
            CloneFixture.Soon,
            Ended
        );
    }

    [Fact]
    public async Task Who_does_not_wait_sees_that_it_is_being_made_and_it_is_made_all_the_same()
    {
        var gate = new TaskCompletionSource();
        fixture.Fixture.Server.Fault = request =>
            IsOf(request, "slow") && GitHttpServer.StageOf(request) == RequestStage.Fetch && !gate.Task.IsCompleted
                ? new RequestFault { HangBeforeResponse = true }
                : null;
        LinkTo("slow");
        await fixture.Fixture.CreateAsync(repo =>
            (repo.Metadata.Name, repo.Spec.GitUrl, repo.Spec.Policy, repo.Spec.Timeout) = (
                "slow",
                fixture.Fixture.Server.UrlOf("slow.git"),
                ClonePolicy.OnDemand,
                "3s"
            )
        );
        await fixture.Fixture.SeeAsync("it waits", repo => repo.Status is not null, "slow");

        var response = await fixture.EnsureAsync("slow", query: "?wait=0s");

        Assert.Equal((HttpStatusCode.Accepted, Reasons.Cloning, 1.0), (response.Status, response.Reason, response.RetryAfter));
        Assert.Equal($"/v1/namespaces/{fixture.Fixture.Namespace}/coderepos/slow/ensure", response.Location);
        var watch = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.Accepted, (await fixture.EnsureAsync("slow", query: "?wait=300ms")).Status);
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(290), $"{watch.Elapsed}");
        gate.SetResult();
        await Eventually.True(() => Directory.Exists(fixture.Fixture.Clone("slow")), CloneFixture.Soon, Ended);
        await Eventually.SeeAsync(
            "the response",
            _ => fixture.EnsureAsync("slow"),
            seen => seen.Status == HttpStatusCode.OK,
            CloneFixture.Soon,
            Ended
        );
    }

    [Fact]
    public async Task What_no_API_server_would_have_taken_is_refused_before_anything_is_done()
    {
        await CloneAsync("plain");
        var (asked, fetched) = (
            fixture.Proxy.Requests.Count(request => request.Path.Contains("reviews", StringComparison.Ordinal)),
            fixture.Fixture.Server.Requests
        );
        var unknown = "not-a-token-that-is-known";
        string[] names =
        [
            "..%2fplain",
            "%2e%2e%2fplain",
            "..%2f..%2fetc",
            "%2fetc",
            "plain%2f..",
            "Plain",
            "plain_",
            "-plain",
            "plain-",
            "plain..x",
            ".git",
            ".coderepo",
            "pl%20ain",
            "%5c..%5c",
            "pl%c3%a4in",
            new string('a', 254),
            "plain%0a",
            "plain;x",
        ];

        foreach (var name in names)
        {
            foreach (var (ofNamespace, ofName) in new[] { (fixture.Fixture.Namespace, name), (name, "plain") })
            {
                var response = await fixture.EnsureAsync(ofName, unknown, ofNamespace: ofNamespace);
                Assert.True(
                    (response.Status, response.Reason) == (HttpStatusCode.BadRequest, "InvalidRequest"),
                    $"{ofNamespace}/{ofName}: {response}"
                );
            }
        }

        foreach (var query in new[] { "?wait=soon", "?wait=-1s", "?wait=", "?wait=1", "?wait=6m", "?wait=1s&wait=2s" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await fixture.EnsureAsync("plain", unknown, query)).Status);
        }

        // Kestrel itself takes no path with a zero in it, and no more is said.
        Assert.Equal(HttpStatusCode.BadRequest, (await fixture.EnsureAsync("plain%00", unknown)).Status);

        // What a URL parser makes another path of is another path.
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await fixture.SendAsync(HttpMethod.Post, "/v1/namespaces/x/coderepos/../../plain/ensure", unknown)).Status
        );
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.SendAsync(HttpMethod.Get, "/healthz", null)).Status);
        Assert.Equal(
            HttpStatusCode.MethodNotAllowed,
            (await fixture.SendAsync(HttpMethod.Get, $"/v1/namespaces/{fixture.Fixture.Namespace}/coderepos/plain/ensure", null)).Status
        );
        Assert.Equal(
            (asked, fetched),
            (
                fixture.Proxy.Requests.Count(request => request.Path.Contains("reviews", StringComparison.Ordinal)),
                fixture.Fixture.Server.Requests
            )
        );
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.Operator.GetAsync("/openapi/v1.json", Ended)).Status);
    }

    [Fact]
    public async Task Who_waits_for_one_that_is_deleted_sees_that_it_is_gone()
    {
        fixture.Fixture.Server.Fault = request => IsOf(request, "leaving") ? new RequestFault { HangBeforeResponse = true } : null;
        LinkTo("leaving");
        await fixture.Fixture.CreateAsync(repo =>
            (repo.Metadata.Name, repo.Spec.GitUrl) = ("leaving", fixture.Fixture.Server.UrlOf("leaving.git"))
        );
        await fixture.Fixture.SeeAsync(
            "it is being cloned",
            repo => CloneFixture.Condition(repo, ConditionTypes.Reconciling)?.Reason == Reasons.Cloning,
            "leaving"
        );
        var waits = fixture.EnsureAsync("leaving", query: "?wait=60s");
        await Eventually.True(
            () => fixture.Operator.Log.Contains($"{fixture.Fixture.Namespace}/leaving is requested", StringComparison.Ordinal),
            CloneFixture.Soon,
            Ended
        );

        await fixture.Fixture.DeleteAsync("leaving");

        Assert.Equal(HttpStatusCode.NotFound, (await waits).Status);
    }

    private static bool IsOf(Microsoft.AspNetCore.Http.HttpRequest request, string name) =>
        request.Path.Value!.StartsWith($"/{name}.git", StringComparison.Ordinal);

    /// <summary>Makes a CodeRepo whose requests can be distinguished from others', and waits for its clone.</summary>
    private async Task<CodeRepo> CloneAsync(string name)
    {
        LinkTo(name);
        await fixture.Fixture.CreateAsync(repo =>
            (repo.Metadata.Name, repo.Spec.GitUrl) = (name, fixture.Fixture.Server.UrlOf($"{name}.git"))
        );
        return await fixture.Fixture.SeeAsync(
            "a clone",
            repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True",
            name
        );
    }

    private void LinkTo(string name) =>
        Directory.CreateSymbolicLink(
            Path.Combine(Path.GetDirectoryName(fixture.Fixture.Project.Bare)!, name + ".git"),
            fixture.Fixture.Project.Bare
        );
}

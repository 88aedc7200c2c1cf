using System.Globalization;
using System.Net;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Reporting;
using GitServer;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>Status and events change when something has changed, as often as that, and within bounds.</summary>
[Trait("Category", "Slow")]
public sealed class QuietReportTests(KubeApiServer cluster)
{
    private const int Retries = 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_remote_that_fails_alike_again_and_again_costs_one_write_of_the_status_and_one_event()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var api = fixture.Api = await ApiProxy.StartAsync(cluster);
        fixture.Server.Fault = _ => Refusal($"internal error, request {Guid.NewGuid()} at {TimeProvider.System.GetUtcNow():O}");
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        var first = await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.TransferFailed);

        for (var retry = 1; retry <= Retries; retry++)
        {
            await RetryAsync(fixture, running, retry);
        }

        var last = await fixture.GetAsync();
        Assert.Equal(k8s.KubernetesJson.Serialize(first.Status), k8s.KubernetesJson.Serialize(last.Status));
        Assert.Equal(KstatusReading.InProgress, Kstatus.Of(last));

        // That it is being cloned, and that it failed.
        Assert.Equal(2, api.Requests.Count(request => request.WritesStatusOf("hello")));
        Assert.Single(api.Requests, request => request.PublishesEventOf("hello"));
    }

    [Fact]
    public async Task A_remote_that_fails_now_so_now_so_never_looks_well_and_fills_nothing_with_events()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var api = fixture.Api = await ApiProxy.StartAsync(cluster);
        var failsSo = true;
        fixture.Server.Fault = _ => failsSo ? Refusal("no") : new RequestFault { Status = 503 };
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        var first = await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.TransferFailed);

        for (var retry = 1; retry <= EventBudget.Burst + 5; retry++)
        {
            failsSo = !failsSo;
            await RetryAsync(fixture, running, retry);
            var repo = await fixture.SeeConditionAsync(
                ConditionTypes.Reconciling,
                "True",
                failsSo ? Reasons.TransferFailed : Reasons.Unreachable
            );
            Assert.Equal(KstatusReading.InProgress, Kstatus.Of(repo));
            Assert.Equal(
                CloneFixture.Condition(first, ConditionTypes.Ready)!.LastTransitionTime,
                CloneFixture.Condition(repo, ConditionTypes.Ready)!.LastTransitionTime
            );
        }

        Assert.Equal(EventBudget.Burst, api.Requests.Count(request => request.PublishesEventOf("hello")));
        Assert.Equal(6, await running.MetricAsync("coderepo_events_dropped_total", Token));
        Assert.Single(running.Log.Split('\n'), line => line.Contains("are dropped", StringComparison.Ordinal));

        // Others have theirs.
        fixture.Server.Fault = _ => null;
        await fixture.CreateAsync(repo => repo.Metadata.Name = "other");
        await Eventually.HoldsAsync(
            "the other's event",
            async _ => (await fixture.EventsAsync("other")).SequenceEqual([EventReasons.Cloned]),
            CloneFixture.Soon,
            Token
        );
    }

    [Fact]
    public async Task What_was_done_is_reported_though_the_API_server_refuses_to_hear_of_it_at_first()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var api = fixture.Api = await ApiProxy.StartAsync(cluster);
        var refused = 0;
        api.Refuse = request =>
            request.WritesStatusOf("hello")
            && !request.Body.Contains("\"Reconciling\"", StringComparison.Ordinal)
            && Interlocked.Increment(ref refused) is 1 or 3
                ? HttpStatusCode.InternalServerError
                : null;
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeAsync("it is Current", repo => Kstatus.Of(repo) == KstatusReading.Current);
        await Eventually.HoldsAsync(
            "its event",
            async _ => (await fixture.EventsAsync()).SequenceEqual([EventReasons.Cloned]),
            CloneFixture.Soon,
            Token
        );

        fixture.LoseClone();
        await fixture.SeeAsync("one re-clone", repo => Kstatus.Of(repo) == KstatusReading.Current && repo.Status!.Reclones == 1);

        await Eventually.HoldsAsync(
            "both events",
            async _ => (await fixture.EventsAsync()).SequenceEqual([EventReasons.Cloned, EventReasons.Recloned]),
            CloneFixture.Soon,
            Token
        );
        Assert.Equal(1, await running.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token));
        Assert.Equal(4, refused);
    }

    [Fact]
    public async Task Kubectl_waits_for_a_good_one_and_gives_a_bad_one_up()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Branch) = ("bad", "absent"));

        Task<ProcessOutcome> WaitAsync(string what, string name, int seconds) =>
            cluster.Kubectl.TryAsync(
                ["wait", $"--for={what}", $"crepo/{name}", $"--namespace={fixture.Namespace}", $"--timeout={seconds}s"],
                input: "",
                Token
            );
        Assert.Contains("condition met", (await WaitAsync("condition=Ready", "hello", 30)).OutputOrThrow(), StringComparison.Ordinal);
        Assert.Contains("condition met", (await WaitAsync("condition=Stalled", "bad", 30)).OutputOrThrow(), StringComparison.Ordinal);
        var bad = await WaitAsync("condition=Ready", "bad", 1);
        Assert.NotEqual(0, bad.ExitCode);
        Assert.Contains("timed out", bad.Error, StringComparison.Ordinal);
        Assert.Equal(KstatusReading.Failed, Kstatus.Of(await fixture.GetAsync("bad")));
        await fixture.DeleteAsync();
        (await WaitAsync("delete", "hello", 30)).OutputOrThrow();
    }

    /// <summary>An error within git's protocol.</summary>
    private static RequestFault Refusal(string text)
    {
        var line = $"ERR {text}\n";
        return new RequestFault
        {
            Body = $"001e# service=git-upload-pack\n0000{(line.Length + 4).ToString("x4", CultureInfo.InvariantCulture)}{line}0000",
        };
    }

    /// <summary>
    /// Has it tried again at once: an annotation changes what a controller would want to know of, and nothing in the status.
    /// </summary>
    private static async Task RetryAsync(CloneFixture fixture, OperatorProcess running, int retry)
    {
        var requests = fixture.Server.Requests;
        var failures = await FailuresAsync(running);
        await fixture.PatchAsync(
            new { metadata = new { annotations = new Dictionary<string, string> { ["example.com/retry"] = $"{retry}" } } }
        );
        await Eventually.HoldsAsync(
            "it was tried again",
            async _ => fixture.Server.Requests > requests && await FailuresAsync(running) > failures,
            CloneFixture.Soon,
            Token
        );
    }

    private static async Task<double> FailuresAsync(OperatorProcess running) =>
        (await running.MetricAsync("coderepo_reconcile_total{result=\"failure\"}", Token))!.Value;
}

using System.Collections.Concurrent;
using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using GitServer;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// Remotes that misbehave, through the whole operator: all at once, each with a CodeRepo of its own. What each of many more
/// faults means is <c>MisbehavingRemoteTests</c>' to show.
/// </summary>
[Trait("Category", "Slow")]
public sealed class CodeRepoRemoteTests(KubeApiServer cluster)
{
    private const string Query = "?service=git-upload-pack";

    /// <summary>CodeRepo, fault, reason, words of the message.</summary>
    private static readonly (string Name, RequestFault Fault, string Reason, string Hint)[] Cases =
    [
        ("denied", new() { Status = 401 }, Reasons.AuthenticationFailed, "name it in spec.auth.secret"),
        ("gone", new() { Status = 404 }, Reasons.RepositoryNotFound, "check the URL"),
        ("astray", new() { RedirectTo = new("http://169.254.169.254/a/info/refs" + Query) }, Reasons.HostNotAllowed, "use another remote"),
        ("circles", new() { RedirectTo = new("info/refs" + Query, UriKind.Relative) }, Reasons.Unreachable, "more than 5 times"),
        ("busy", new() { Status = 503, RetryAfter = "3" }, Reasons.Unreachable, "after 3 s, as the remote asks"),
        ("page", new() { Body = "<html>", ContentType = "text/html" }, Reasons.Unsupported, "check that the URL leads to one"),
        ("silent", new() { HangBeforeResponse = true }, Reasons.Timeout, "raise it"),
        ("drips", new() { At = RequestStage.Fetch, Drip = true }, Reasons.Timeout, "raise it"),
        ("stalls", new() { At = RequestStage.Fetch, HangAfter = 150 }, Reasons.Timeout, "raise it"),
        ("cut", new() { At = RequestStage.Fetch, CutAfter = 150 }, Reasons.TransferFailed, "ended in the middle"),
        ("damaged", new() { At = RequestStage.Fetch, Flip = 200 }, Reasons.TransferFailed, "damaged"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_is_reported_once_leaves_nothing_behind_and_ends_with_the_fault(bool cloned)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync(("Store__MaxConcurrentClones", "16"));
        var asked = new ConcurrentQueue<long>();
        if (cloned)
        {
            await CreateAllAsync(fixture);
            await SeeAllAsync(fixture, "a clone", (repo, _) => Is(repo, ConditionTypes.Ready, "True", Reasons.Cloned));
        }

        // Before there is something to fetch: what is under way then would meet the fault halfway.
        fixture.Server.Fault = request => FaultOf(request, asked);
        if (cloned)
        {
            await fixture.Project.CommitAsync("a.txt", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i * 7919 % 5003:x}\n")));
        }
        else
        {
            await CreateAllAsync(fixture);
        }

        await SeeAllAsync(fixture, "the failure", (repo, one) => IsReported(repo, one, cloned));
        Assert.All(Cases, one => Assert.Equal(cloned, Directory.Exists(fixture.Clone(one.Name))));
        await Eventually.True(() => asked.Count > 2, CloneFixture.Soon, Token);
        fixture.Server.Fault = _ => null;
        foreach (var one in Cases)
        {
            await fixture.PatchAsync(Requested, one.Name);
        }

        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");
        await SeeAllAsync(fixture, "the newest clone", (repo, _) =>
            Is(repo, ConditionTypes.Ready, "True", Reasons.Cloned) && repo.Status!.Commit == commit
        );
        foreach (var one in Cases)
        {
            string[] events = cloned
                ? [EventReasons.Cloned, EventReasons.CloneFailed, EventReasons.Updated]
                : [EventReasons.CloneFailed, EventReasons.Cloned];
            await Eventually.SeeAsync(
                $"the events of {one.Name}",
                _ => fixture.EventsAsync(one.Name),
                seen => seen.SequenceEqual(events),
                CloneFixture.Soon,
                Token
            );
            Assert.Single(running.Log.Split('\n'), line =>
                line.Contains($"{fixture.Namespace}/{one.Name}: {one.Reason}: ", StringComparison.Ordinal)
            );
        }

        foreach (var reason in Cases.CountBy(one => one.Reason))
        {
            var counted = await running.MetricAsync($"coderepo_clone_failures_total{{reason=\"{reason.Key}\"}}", Token);
            Assert.True(counted >= reason.Value, $"{reason.Key}: {counted}");
        }

        Assert.Equal(0, await running.MetricAsync("coderepo_clone_failures_total{reason=\"StoreUnavailable\"}", Token));
        await Eventually.True(
            () =>
                Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")).Length == 0 && running.Children.Count == 0,
            CloneFixture.Soon,
            Token
        );

        // Longer than the second back-off. The first time may be two: the finalizer's own write can wake the reconcile that made it.
        Assert.All(asked.Skip(1).Zip(asked.Skip(2)), pair =>
            Assert.True(TimeProvider.System.GetElapsedTime(pair.First, pair.Second) >= TimeSpan.FromSeconds(3))
        );
    }

    [Fact]
    public async Task A_name_is_judged_by_where_it_leads_at_each_connection()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var names = new NameServer();
        const string Denied = "127.6.0.1";
        using var trap = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Parse(Denied), fixture.Server.Address.Port);
        trap.Start();
        string[] rebound = ["127.0.0.1"];
        names.Addresses = name =>
            name switch
            {
                "steady.test" => ["127.0.0.1"],
                "several.test" => [Denied, "127.0.0.1"],
                "denied.test" => [Denied],
                "rebound.test" => rebound,
                "silent.test" => null,
                _ => [],
            };

        // Between the poll, which the operator makes, and the clone, which its worker makes.
        fixture.Server.Fault = request =>
        {
            rebound = request.Host.Host == "rebound.test" && GitHttpServer.StageOf(request) == RequestStage.ListRefs ? [Denied] : rebound;
            return null;
        };
        var running = await fixture.StartOperatorUnderAsync(names.AsResolver, ("Git__DeniedNetworks__0", "127.6.0.0/16"));
        await running.WhenReadyAsync(Token);
        foreach (var name in new[] { "steady", "several", "denied", "rebound", "silent", "unknown" })
        {
            await fixture.CreateAsync(repo =>
            {
                repo.Metadata.Name = name;
                repo.Spec.GitUrl = $"http://{name}.test:{fixture.Server.Address.Port.ToString(CultureInfo.InvariantCulture)}/hello.git";
            });
        }

        await SeeAsync(fixture, "steady", "True", Reasons.Cloned, "");
        await SeeAsync(fixture, "several", "True", Reasons.Cloned, "");
        await SeeAsync(
            fixture,
            "denied",
            "False",
            Reasons.HostNotAllowed,
            $"denied.test has the address {Denied}, which Git:DeniedNetworks excludes"
        );
        await SeeAsync(fixture, "rebound", "False", Reasons.HostNotAllowed, $"rebound.test has the address {Denied}");
        await SeeAsync(fixture, "unknown", "False", Reasons.Unreachable, "DNS knows no address of unknown.test: check");
        await SeeAsync(fixture, "silent", "False", Reasons.Unreachable, "DNS could not be asked for the address of silent.test");
        Assert.False(trap.Pending());
    }

    private static object Requested =>
        new { metadata = new { annotations = new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = "again" } } };

    private static async Task CreateAllAsync(CloneFixture fixture)
    {
        foreach (var one in Cases)
        {
            Directory.CreateSymbolicLink(
                Path.Combine(Path.GetDirectoryName(fixture.Project.Bare)!, one.Name + ".git"),
                fixture.Project.Bare
            );
            await fixture.CreateAsync(repo =>
            {
                repo.Metadata.Name = one.Name;
                (repo.Spec.GitUrl, repo.Spec.Interval, repo.Spec.Timeout) = (
                    fixture.Server.UrlOf(one.Name + ".git"),
                    "1s",
                    one.Reason == Reasons.Timeout ? "10s" : "1m"
                );
            });
        }
    }

    private static RequestFault? FaultOf(HttpRequest request, ConcurrentQueue<long> asked)
    {
        var (name, fault, _, _) = Array.Find(Cases, one => request.Path.StartsWithSegments($"/{one.Name}.git", StringComparison.Ordinal));
        if (name == "busy")
        {
            asked.Enqueue(TimeProvider.System.GetTimestamp());
        }

        return fault;
    }

    private static Task<string> SeeAllAsync(
        CloneFixture fixture,
        string expectation,
        Func<CodeRepo, (string Name, RequestFault Fault, string Reason, string Hint), bool> holds
    ) =>
        Eventually.SeeAsync(
            $"{expectation}, for each",
            async _ =>
                string.Join(
                    "; ",
                    from repo in await fixture.ListAsync()
                    let one = Array.Find(Cases, one => one.Name == repo.Metadata.Name)
                    where !holds(repo, one)
                    select $"{one.Name}: {k8s.KubernetesJson.Serialize(repo.Status)}"
                ),
            without => without.Length == 0,
            CloneFixture.Soon,
            Token
        );

    private static bool IsReported(CodeRepo repo, (string Name, RequestFault Fault, string Reason, string Hint) one, bool cloned)
    {
        var terminal = new CloneFailure(one.Reason, "").Terminal;
        var reported = CloneFixture.Condition(repo, terminal ? ConditionTypes.Stalled : ConditionTypes.Reconciling);
        var ready = CloneFixture.Condition(repo, ConditionTypes.Ready);
        return reported?.Reason == one.Reason
            && reported.Message.Contains(one.Hint, StringComparison.Ordinal)
            && Is(repo, ConditionTypes.Ready, cloned ? "True" : "False", cloned ? Reasons.Stale : one.Reason)
            && ready!.Message.Contains(one.Hint, StringComparison.Ordinal)
            && (!cloned || ready.Message.Contains("as last polled at 20", StringComparison.Ordinal));
    }

    private static bool Is(CodeRepo repo, string type, string status, string reason) =>
        CloneFixture.Condition(repo, type) is { } condition && (condition.Status, condition.Reason) == (status, reason);

    private static Task<CodeRepo> SeeAsync(CloneFixture fixture, string name, string status, string reason, string hint) =>
        fixture.SeeAsync(
            $"{name}: {status}, {reason}, {hint}",
            repo =>
                Is(repo, ConditionTypes.Ready, status, reason)
                && CloneFixture.Condition(repo, ConditionTypes.Ready)!.Message.Contains(hint, StringComparison.Ordinal),
            name
        );
}

using CodeRepoOperator.Entities;
using GitServer;

namespace CodeRepoOperator.Cloning;

/// <summary>What users see when something is wrong, and that it heals by itself once it is right.</summary>
[Trait("Category", "Slow")]
public sealed class CodeRepoFailureTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, Action<CodeRepoSpec>> Terminal =>
        new()
        {
            { Reasons.BranchNotFound, spec => spec.Branch = "absent" },
            { Reasons.HostNotAllowed, spec => spec.GitUrl = "http://169.254.169.254/latest/meta-data" },
            { Reasons.SecretNotFound, spec => spec.Auth = new CodeRepoAuth { Secret = "absent" } },
            { Reasons.AuthenticationFailed, spec => spec.GitUrl = "ssh://git@127.0.0.1/hello.git" },
            { Reasons.Unsupported, spec => spec.Storage = new CodeRepoStorage { Size = "1Gi" } },
        };

    [Theory]
    [MemberData(nameof(Terminal), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_get_better_by_itself_is_stalled_and_reported_once(string reason, Action<CodeRepoSpec> error)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync(repo => error(repo.Spec));

        await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", reason);
        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "False", reason);
        Assert.Null(CloneFixture.Condition(repo, ConditionTypes.Reconciling));
        Assert.Equal(repo.Metadata.Generation, repo.Status!.ObservedGeneration);
        await fixture.RequestAsync("again");
        await fixture.SeeAsync("the request is echoed", repo => repo.Status!.LastHandledReconcileAt == "again");
        Assert.Equal([EventReasons.CloneFailed], await fixture.EventsAsync());
        Assert.False(Directory.Exists(fixture.Clone()));
        await Eventually.True(
            () => Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")).Length == 0,
            CloneFixture.Soon,
            Token
        );
    }

    [Fact]
    public async Task A_mended_spec_is_worked_on_at_once()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync(repo => repo.Spec.Branch = "absent");
        await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.BranchNotFound);

        await fixture.PatchAsync(new { spec = new { branch = "main" } });

        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Null(CloneFixture.Condition(repo, ConditionTypes.Stalled));
    }

    [Fact]
    public async Task A_remote_that_is_down_is_tried_again_until_it_is_back()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        fixture.Server.Fault = _ => new RequestFault { Status = 503 };
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.Unreachable);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await running.GetAsync("/readyz", Token)).Status);

        fixture.Server.Fault = _ => null;

        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
    }

    [Fact]
    public async Task A_clone_whose_remote_is_down_stays_ready_and_is_said_to_be_stale_until_it_is_back()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync(repo => repo.Spec.Interval = "1s");
        var commit = (await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned)).Status!.Commit!;

        fixture.Server.Fault = _ => new RequestFault { Status = 500 };
        var stale = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Stale);
        await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.Unreachable);
        await fixture.SeeCloneAsync(commit);

        // One that was started anew does not know of the failure, and neither thinks nor says that it is over.
        await running.StopAsync(Token);
        var requests = fixture.Server.Requests;
        await fixture.StartReadyOperatorAsync();
        await Eventually.True(() => fixture.Server.Requests > requests + 1, CloneFixture.Soon, Token);
        Assert.Equal(
            CloneFixture.Condition(stale, ConditionTypes.Ready)!.Message,
            CloneFixture.Condition(await fixture.GetAsync(), ConditionTypes.Ready)!.Message
        );
        Assert.DoesNotContain(EventReasons.Recovered, await fixture.EventsAsync());

        fixture.Server.Fault = _ => null;
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await Eventually.HoldsAsync(
            "the event",
            async _ => (await fixture.EventsAsync()).Contains(EventReasons.Recovered),
            CloneFixture.Soon,
            Token
        );
    }

    [Fact]
    public async Task Credentials_in_a_URL_are_refused_and_repeated_nowhere()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        var error = fixture.Server.UrlOf("hello.git").Replace("//", "//someone:s3cr3t-marked@", StringComparison.Ordinal);
        try
        {
            await fixture.CreateAsync(repo => repo.Spec.GitUrl = error);
        }
        catch (k8s.Autorest.HttpOperationException refused)
        {
            // The CRD refuses it already.
            Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, refused.Response.StatusCode);
            return;
        }

        var repo = await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.InvalidUrl);
        Assert.DoesNotContain("s3cr3t", k8s.KubernetesJson.Serialize(repo.Status), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", running.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", (await running.GetAsync("/metrics", Token)).Body, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Server.Requests);
    }
}

using System.Globalization;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

/// <summary>What a host gets to do, through the whole operator.</summary>
[Trait("Category", "Slow")]
public sealed class HostBudgetTests(KubeApiServer cluster)
{
    private const int Many = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Each alone would poll every two seconds: 20 polls of two requests each.</summary>
    [Fact]
    public async Task CodeRepos_of_one_URL_are_polled_with_one_request()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync(("Git__MinInterval", "00:00:01"), ("Operator__Workers", "32"));
        await CloneAllAsync(fixture, "2s");
        var commit = await fixture.Project.CommitAsync("a.txt", "one\n");
        await SeeAllAtAsync(fixture, commit);

        fixture.Server.ResetCounters();
        var began = TimeProvider.System.GetTimestamp();
        await Eventually.SeeAsync(
            "requests",
            _ => Task.FromResult(fixture.Server.Requests),
            requests => requests >= Many,
            CloneFixture.Soon,
            Token
        );
        var polls = Many / 2;
        var intervals = TimeProvider.System.GetElapsedTime(began).TotalSeconds / 2;

        // One poll at 0.8 of the interval and one for stragglers; alone it would have been 20.
        Assert.True(polls / intervals < 4, $"{polls} polls in {intervals:0.0} intervals");
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{polls} polls in {intervals:0.0} intervals")
        );
    }

    [Fact]
    public async Task Polls_wait_for_the_budget_and_what_was_asked_for_does_not()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var started = await fixture.StartReadyOperatorAsync(
            ("Git__MinInterval", "00:00:01"),
            ("Git__HostBudgets__0__Host", "127.0.0.1"),
            ("Git__HostBudgets__0__RequestsPerHour", "1")
        );
        await CloneAllAsync(fixture, "1s");
        await Eventually.SeeAsync(
            "all wait, but the one that had the budget",
            async token => await started.MetricAsync("coderepo_polls_put_off{budget=\"127.0.0.1\"}", token),
            waiting => waiting >= 1,
            CloneFixture.Soon,
            Token
        );

        var commit = await fixture.Project.CommitAsync("a.txt", "one\n");
        await fixture.PatchAsync(
            new { metadata = new { annotations = new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = "now" } } },
            "repo-3"
        );
        await fixture.SeeAsync("it is updated", repo => repo.Status?.Commit == commit && IsReady(repo), "repo-3");
    }

    private static async Task CloneAllAsync(CloneFixture fixture, string interval)
    {
        for (var number = 0; number < Many; number++)
        {
            var name = $"repo-{number}";
            await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Interval) = (name, interval));
        }

        for (var number = 0; number < Many; number++)
        {
            await fixture.SeeAsync("it is cloned", IsReady, $"repo-{number}");
        }
    }

    private static async Task SeeAllAtAsync(CloneFixture fixture, string commit)
    {
        for (var number = 0; number < Many; number++)
        {
            await fixture.SeeAsync("it is updated", repo => repo.Status?.Commit == commit && IsReady(repo), $"repo-{number}");
        }
    }

    private static bool IsReady(CodeRepo repo) => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True";
}

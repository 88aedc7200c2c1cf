using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Cloning.Races;

/// <summary>
/// A CodeRepo changes at each step of its clone. In the end what its spec says is what is on the volume, or nothing is; the status
/// says so, and the counters.
/// </summary>
[Collection(nameof(OneOperatorAtATime))]
public sealed class LifecycleRaceTests(KubeApiServer cluster)
{
    /// <summary>Makes each clone wait before its symbolic link, which is the last of its files, and before the last flush.</summary>
    private static readonly string[] WithTimeToChange =
    [
        "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=?symlink,symlinkat,syncfs",
        "-e", "inject=?symlink,symlinkat:delay_enter=2s", "-e", "inject=syncfs:delay_enter=2s",
    ];

    private const string Handled = "coderepo_reconcile_total{result=\"success\"}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_changes_at_whatever_request_the_end_is_as_the_spec_says()
    {
        var steps = Enum.GetValues<RaceStep>().Except([RaceStep.Checkout, RaceStep.Flush]).ToList();
        await using var bench = await RaceBench.StartAsync(cluster, namespaces: steps.Count + 1);
        foreach (var step in steps)
        {
            await bench.RunAsync(RaceStart.FirstClone, step, Enum.GetValues<RaceChange>());
        }

        foreach (var step in new[] { RaceStep.Pack, RaceStep.Status })
        {
            await bench.RunAsync(RaceStart.Update, step, [.. Enum.GetValues<RaceChange>().Except([RaceChange.NamespaceDeleted])]);
            await bench.RunAsync(RaceStart.Reclone, step, [.. Enum.GetValues<RaceChange>().Except([RaceChange.NamespaceDeleted])]);
        }
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_object_is_gone_does_not_bring_it_back()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await using var api = bench.Api = await ApiProxy.StartAsync(cluster);
        var running = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        await bench.SeeAsync("it is Current", repo => Kstatus.Of(repo) == KstatusReading.Current);
        async Task<bool> IsKnownAsync(CancellationToken token) => await running.MetricAsync("coderepo_repos{state=\"Ready\"}", token) == 1;
        var gate = new Gate();
        api.HoldAnswer = request => request.WritesFinalizersOf("hello") ? gate : null;

        await bench.DeleteAsync();
        await gate.WhenReachedAsync(Token);
        await Eventually.HoldsAsync("the watch has told that it is gone", async token => !await IsKnownAsync(token), CloneBench.Soon, Token);
        var handled = await running.MetricAsync(Handled, Token);
        gate.Open();
        await Eventually.HoldsAsync(
            "it is dealt with", async token => await running.MetricAsync(Handled, token) > handled, CloneBench.Soon, Token);

        Assert.False(await IsKnownAsync(Token));
    }

    [Fact]
    public async Task Whatever_changes_while_files_are_written_the_end_is_as_the_spec_says()
    {
        await using var bench = await RaceBench.StartAsync(cluster, namespaces: 2, WithTimeToChange);
        await bench.RunAsync(RaceStart.FirstClone, RaceStep.Checkout, Enum.GetValues<RaceChange>());
        await bench.RunAsync(RaceStart.FirstClone, RaceStep.Flush, Enum.GetValues<RaceChange>());
    }
}

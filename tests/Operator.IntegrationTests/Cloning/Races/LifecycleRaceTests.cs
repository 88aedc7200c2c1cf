namespace CodeRepoOperator.Cloning.Races;

/// <summary>
/// A CodeRepo changes at each step of its clone. In the end what its spec says is what is on the volume, or nothing is; the status
/// says so, and the counters.
/// </summary>
[Trait("Category", "Slow")]
public sealed class LifecycleRaceTests(KubeApiServer cluster)
{
    /// <summary>Makes each clone wait before its symbolic link, which is the last of its files, and before the last flush.</summary>
    private static readonly string[] WithTimeToChange =
    [
        "strace",
        "-D",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=?symlink,symlinkat,syncfs",
        "-e",
        "inject=?symlink,symlinkat:delay_enter=4s",
        "-e",
        "inject=syncfs:delay_enter=4s",
    ];

    [Fact]
    public async Task Whatever_changes_at_whatever_request_the_end_is_as_the_spec_says()
    {
        var steps = Enum.GetValues<RaceStep>().Except([RaceStep.Checkout, RaceStep.Flush]).ToList();
        await using var fixture = await RaceFixture.StartAsync(cluster, namespaces: steps.Count + 1);
        foreach (var step in steps)
        {
            await fixture.RunAsync(RaceStart.FirstClone, step, Enum.GetValues<RaceChange>());
        }

        foreach (var step in new[] { RaceStep.Pack, RaceStep.Status })
        {
            await fixture.RunAsync(RaceStart.Update, step, [.. Enum.GetValues<RaceChange>().Except([RaceChange.NamespaceDeleted])]);
            await fixture.RunAsync(RaceStart.Reclone, step, [.. Enum.GetValues<RaceChange>().Except([RaceChange.NamespaceDeleted])]);
        }
    }

    [Fact]
    public async Task Whatever_changes_while_files_are_written_the_end_is_as_the_spec_says()
    {
        await using var fixture = await RaceFixture.StartAsync(cluster, namespaces: 2, WithTimeToChange);
        await fixture.RunAsync(RaceStart.FirstClone, RaceStep.Checkout, Enum.GetValues<RaceChange>());
        await fixture.RunAsync(RaceStart.FirstClone, RaceStep.Flush, Enum.GetValues<RaceChange>());
    }
}

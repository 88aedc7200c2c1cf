namespace CodeRepoOperator.Cloning.Store;

/// <summary>The operator is killed after each of its steps from an empty volume to the first clone.</summary>
[Trait("Category", "Slow")]
public sealed class FirstCloneCrashTests(KubeApiServer cluster)
{
    [Theory]
    [InlineData(4)]
    [InlineData(1, Traits = ["Category", "Soak"])]
    public async Task Killed_anywhere_while_it_takes_an_empty_volume_and_makes_the_first_clone(int stride)
    {
        await using var crash = await CrashFixture.StartAsync(cluster);
        var fixture = crash.Clones;
        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");
        async Task NothingYetAsync()
        {
            await RemoveAllAsync(fixture);
            await fixture.CreateAsync();
        }

        var steps = await crash.KillAtEachStepAsync(
            Strace.Of(fixture.Store),
            NothingYetAsync,
            isFirst: _ => true,
            () => crash.IsAtAsync(commit),
            () => crash.SeeAtAsync(commit),
            found => found is null || found == commit,
            stride: stride
        );

        // From the first to the last.
        Assert.Contains("/.coderepo\"", steps[0], StringComparison.Ordinal);
        Assert.StartsWith("fsync", steps[^1], StringComparison.Ordinal);
    }

    private static async Task RemoveAllAsync(CloneFixture fixture)
    {
        if ((await fixture.ListAsync()).Count > 0)
        {
            await fixture.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } });
            await fixture.DeleteAsync();
        }

        foreach (var directory in Directory.GetDirectories(fixture.Store))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}

namespace CodeRepoOperator.Cloning.Store;

/// <summary>The operator is killed after each of the steps by which something leaves the volume.</summary>
[Trait("Category", "Slow")]
public sealed class RemovalCrashTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3)]
    [InlineData(1, Traits = ["Category", "Soak"])]
    public async Task Killed_anywhere_while_it_takes_a_clone_away(int stride)
    {
        await using var crash = await CrashFixture.StartAsync(cluster);
        var fixture = crash.Clones;
        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");
        async Task DeletedAsync()
        {
            await fixture.CreateAsync();
            await using (var first = crash.Start([]))
            {
                await crash.SeeAtAsync(commit);
            }

            await fixture.DeleteAsync();
        }

        var steps = await crash.KillAtEachStepAsync(
            Strace.Of(fixture.Store),
            DeletedAsync,
            isFirst: call => call.Contains(fixture.Clone(), StringComparison.Ordinal),
            async () => (await fixture.ListAsync()).Count == 0,
            () =>
                Eventually.HoldsAsync(
                    "object and clone are gone",
                    async _ => (await fixture.ListAsync()).Count == 0 && !Path.Exists(fixture.Clone()),
                    CloneFixture.Soon,
                    Token
                ),
            found => found is null || found == commit,
            stride: stride
        );

        Assert.StartsWith("rename", steps[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_anywhere_while_it_empties_the_trash()
    {
        await using var crash = await CrashFixture.StartAsync(cluster);
        var fixture = crash.Clones;
        var trash = Path.Combine(fixture.Store, ".coderepo", "trash", "0.old");
        await fixture.CreateAsync();
        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");
        await using (var first = crash.Start([]))
        {
            await crash.SeeAtAsync(commit);
        }

        async Task FilledAsync()
        {
            Directory.CreateDirectory(Path.Combine(trash, "directory"));
            await File.WriteAllTextAsync(Path.Combine(trash, "directory", "file"), "data", Token);
            File.CreateSymbolicLink(Path.Combine(trash, "link"), fixture.Clone());
        }

        var steps = await crash.KillAtEachStepAsync(
            Strace.Of(fixture.Store),
            FilledAsync,
            isFirst: call => call.Contains(trash, StringComparison.Ordinal),
            () => Task.FromResult(!Directory.Exists(trash)),
            () => crash.SeeAtAsync(commit),
            found => found == commit,
            grace: TimeSpan.Zero,
            lastStep: $"{trash}\", AT_REMOVEDIR"
        );

        Assert.Equal(4, steps.Count);
    }
}

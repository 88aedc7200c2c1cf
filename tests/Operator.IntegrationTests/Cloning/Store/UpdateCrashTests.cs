namespace CodeRepoOperator.Cloning.Store;

/// <summary>The operator is killed after each of the steps by which a newer clone takes the place of an older one.</summary>
[Trait("Category", "Slow")]
public sealed class UpdateCrashTests(KubeApiServer cluster)
{
    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 4)]
    [InlineData(true, 1, Traits = ["Category", "Soak"])]
    [InlineData(false, 1, Traits = ["Category", "Soak"])]
    public async Task Killed_anywhere_while_it_puts_an_update_in_place(bool exchange, int stride)
    {
        await using var crash = await CrashFixture.StartAsync(cluster);
        var fixture = crash.Clones;
        var repo = await fixture.CreateAsync();
        var (old, commit) = ("", await fixture.Project.GitAsync("rev-parse", "HEAD"));
        await using (var first = crash.Start([]))
        {
            await crash.SeeAtAsync(commit);
        }

        async Task NewCommitAsync()
        {
            (old, commit) = (commit, await fixture.Project.CommitAsync("README.md", $"{Guid.NewGuid()}\n"));
            await fixture.RequestAsync(commit);
        }

        bool MayBe(string? found) => found == old || found == commit || (found is null && !exchange);
        var steps = await crash.KillAtEachStepAsync(
            exchange ? Strace.Of(fixture.Store) : Strace.WithoutExchange(fixture.Store),
            NewCommitAsync,
            isFirst: call => call.Contains($"/tmp/{repo.Metadata.Uid}.", StringComparison.Ordinal),
            () => crash.IsAtAsync(commit),
            () => crash.SeeAtAsync(commit),
            MayBe,
            stride: stride
        );

        Assert.Equal(exchange, steps.Any(step => step.Contains("RENAME_EXCHANGE", StringComparison.Ordinal)));
    }
}

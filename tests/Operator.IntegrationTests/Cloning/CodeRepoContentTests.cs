using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

/// <summary>What of a repository is not cloned, or too much to be.</summary>
[Trait("Category", "Slow")]
public sealed class CodeRepoContentTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_left_out_is_named_and_what_is_too_large_is_stalled_and_leaves_nothing()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.Project.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},libs/parser");
        await fixture.Project.GitAsync("commit", "-q", "-m", "submodule");
        await fixture.Project.GitAsync("push", "-q", "origin", "HEAD:refs/heads/main");
        for (var i = 0; i < 20; i++)
        {
            await File.WriteAllTextAsync(fixture.Project.Path($"large/{i}"), "", Token);
        }

        await fixture.Project.PushAsync("large");

        // Where the Lease came late, the next look at the volume has all tried anew, as what had to wait for the store.
        var running = await fixture.StartReadyOperatorAsync(("Git__MaxCloneFiles", "10"), ("Store__VerifyInterval", "01:00:00"));

        await fixture.CreateAsync();
        await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Branch) = ("large", "large"));

        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var omitted = CloneFixture.Condition(
            await fixture.SeeConditionAsync(ConditionTypes.ContentComplete, "False", Reasons.ContentOmitted),
            ConditionTypes.ContentComplete
        );
        Assert.Contains("libs/parser", omitted!.Message, StringComparison.Ordinal);
        var large = await fixture.SeeAsync(
            "it is too large",
            repo => CloneFixture.Condition(repo, ConditionTypes.Stalled)?.Reason == Reasons.TooLarge,
            "large"
        );
        Assert.Contains("Git:MaxCloneFiles", CloneFixture.Condition(large, ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);
        Assert.Null(CloneFixture.Condition(large, ConditionTypes.ContentComplete));
        Assert.False(Directory.Exists(fixture.Clone("large")));
        await Eventually.True(
            () => Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")).Length == 0,
            CloneFixture.Soon,
            Token
        );

        Assert.Equal(1, await running.MetricAsync("coderepo_clone_failures_total{reason=\"TooLarge\"}", Token));
    }
}

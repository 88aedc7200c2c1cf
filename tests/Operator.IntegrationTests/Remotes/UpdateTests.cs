using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// Updates on top of an older clone: whatever was pushed, the result is what git would have, and only the difference comes.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class UpdateTests
{
    /// <summary>Of what comes beside the objects: refs, acknowledgements, the commits that a depth asks for.</summary>
    private const long Overhead = 20_000;

    /// <summary>More packs than this are not built on: one update more, and all is transferred.</summary>
    private const int MaximumPacks = 200;

    private static readonly int[] Depths = [1, 10, 0];

    /// <param name="pushes">How many: at least one of each kind.</param>
    /// <param name="wholes">
    /// How often all is transferred then, for each depth: most pushes bring a pack, and a whole transfer makes one of all.
    /// </param>
    [Theory]
    [InlineData(20, 0)]
    [InlineData(300, 1, Traits = ["Category", "Soak"])]
    public async Task After_each_update_a_clone_is_what_git_would_have_at_the_cost_of_the_difference(int pushes, int wholes)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var history = await PushedHistory.StartAsync(await fixture.ProjectAsync(), TestNoise.Of(500_000));
        var clones = Depths.Select(depth => (Depth: depth, Clone: new UpdatedClone(fixture, history))).ToList();
        await Task.WhenAll(clones.Select(clone => clone.Clone.UpdateAsync(clone.Depth)));
        var kinds = Enum.GetValues<PushKind>();
        var whole = 0;
        for (var push = 0; push < pushes; push++)
        {
            var before = history.Commit;
            await history.PushAsync(kinds[push % kinds.Length]);
            var fresh = clones.Count(clone => clone.Clone.Packs > MaximumPacks);
            whole += fresh;
            fixture.Server.ResetCounters();
            await Task.WhenAll(clones.Select(clone => clone.Clone.UpdateAsync(clone.Depth)));

            var difference = await history.DifferenceAsync(before, history.Commit);
            Assert.True(
                fresh > 0 || fixture.Server.BytesSent <= clones.Count * (difference + Overhead),
                $"{kinds[push % kinds.Length]}: {fixture.Server.BytesSent} B came where {difference} B differ"
            );
            Assert.All(clones, clone => Assert.InRange(clone.Clone.Packs, 1, MaximumPacks + 1));
            if (kinds[push % kinds.Length] == PushKind.AnotherDefaultBranch)
            {
                Assert.Equal(new RemoteHead(history.Branch, history.Commit, IsDefault: true), (await fixture.PollAsync()).Value);
                await Task.WhenAll(clones.Select(clone => UpdatedClone.CheckBytesAsync(clone.Clone.Directory!)));
            }
        }

        Assert.Equal(wholes * Depths.Length, whole);
    }
}

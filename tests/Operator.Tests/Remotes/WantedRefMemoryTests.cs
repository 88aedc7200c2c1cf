using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes;

/// <summary>What is kept of refs that are not wanted. By itself: what other tests have in memory would count too.</summary>
[Collection(nameof(AdvertisementMemoryTests))]
public sealed class WantedRefMemoryTests
{
    private const string Commit = "0123456789012345678901234567890123456789";

    [Fact]
    public void A_million_refs_take_no_memory()
    {
        var wanted = new WantedRef(new Revision.Head(), namesTarget: false);
        wanted.Add(new RefLine("HEAD", Commit, null));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 1_000_000; i++)
        {
            wanted.Add(new RefLine($"refs/heads/{i}", Commit, null));
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20_000_000);
        Assert.Equal("0", wanted.Result(complete: true).Value?.Branch);
    }
}

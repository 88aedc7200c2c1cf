using CodeRepoOperator.Cloning.Remotes.Protocol;

namespace CodeRepoOperator.Cloning.Remotes;

public sealed class WantedRefTests
{
    private const string Commit = "0123456789012345678901234567890123456789";

    [Theory]
    [InlineData("refs/heads/main", "main")]
    [InlineData("refs/heads/master", "master")]
    [InlineData("refs/heads/other", "0")]
    public void A_HEAD_that_says_no_name_is_a_branch_at_its_commit(string also, string found)
    {
        var wanted = new WantedRef(branch: null);
        wanted.Add(new RefLine("HEAD", Commit, null));
        wanted.Add(new RefLine("refs/tags/v1", Commit, null));
        wanted.Add(new RefLine("refs/heads/0", Commit, null));
        wanted.Add(new RefLine(also, Commit, null));

        Assert.Equal(found, wanted.Result(complete: true).Value?.Branch);
    }

    [Fact]
    public void A_million_refs_take_no_memory()
    {
        var wanted = new WantedRef(branch: null);
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

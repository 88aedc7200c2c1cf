using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes;

public sealed class WantedRefTests
{
    private const string Commit = "0123456789012345678901234567890123456789";

    [Theory]
    [InlineData("refs/heads/main", "main")]
    [InlineData("refs/heads/master", "master")]
    [InlineData("refs/heads/other", "0")]
    public void A_HEAD_that_says_no_name_is_a_branch_at_its_commit(string also, string found)
    {
        var wanted = new WantedRef(branch: null, namesTarget: false);
        wanted.Add(new RefLine("HEAD", Commit, null));
        wanted.Add(new RefLine("refs/tags/v1", Commit, null));
        wanted.Add(new RefLine("refs/heads/0", Commit, null));
        wanted.Add(new RefLine(also, Commit, null));

        Assert.Equal(found, wanted.Result(complete: true).Value?.Branch);
    }

    [Theory]
    [InlineData("agent=git/2.39.5", true)]
    [InlineData("agent=git/1.8.5", true)]
    [InlineData("agent=git/1.8.4.3", false)]
    [InlineData("agent=git/1.7.12", false)]
    [InlineData("agent=git/github-0f3c", false)]
    [InlineData("agent=JGit/6.7", false)]
    [InlineData("agent=dulwich/0.21", false)]
    [InlineData("agent=git/99999999999999.1", false)]
    [InlineData("symref=refs/remotes/origin/HEAD:refs/remotes/origin/main", true)]
    [InlineData("side-band", false)]
    public void Before_version_2_it_is_known_of_some_servers_that_they_say_what_HEAD_names(string word, bool known)
    {
        Assert.Equal(known, new ServerCapabilities(0, [word]).NamesHeadTarget);
        Assert.True(new ServerCapabilities(2, [word]).NamesHeadTarget);
    }

    [Theory]
    [InlineData(true, "refs/heads/main", null)]
    [InlineData(false, "refs/heads/main", "main")]
    [InlineData(false, "refs/tags/v1", null)]
    public void A_HEAD_that_names_no_branch_is_its_commit_unless_a_guess_is_needed(bool namesTarget, string other, string? found)
    {
        var wanted = new WantedRef(branch: null, namesTarget);
        wanted.Add(new RefLine("HEAD", Commit, null));
        wanted.Add(new RefLine(other, Commit, null));

        Assert.Equal(new RemoteHead(found, Commit, IsDefault: found is not null), wanted.Result(complete: true).Value);
    }

    [Fact]
    public void A_million_refs_take_no_memory()
    {
        var wanted = new WantedRef(branch: null, namesTarget: false);
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

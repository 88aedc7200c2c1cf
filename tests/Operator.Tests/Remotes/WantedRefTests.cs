using CodeRepoOperator.Entities;
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
        var wanted = new WantedRef(new Revision.Head(), namesTarget: false);
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
        var wanted = new WantedRef(new Revision.Head(), namesTarget);
        wanted.Add(new RefLine("HEAD", Commit, null));
        wanted.Add(new RefLine(other, Commit, null));

        Assert.Equal(new RemoteHead(found, Commit, IsDefault: found is not null), wanted.Result(complete: true).Value);
    }

    [Fact]
    public void An_annotated_tag_is_the_commit_that_it_leads_to_in_both_versions_of_the_protocol()
    {
        const string Tag = "ffffffffffffffffffffffffffffffffffffffff";
        var expected = new RemoteHead(Branch: null, Commit) { Ref = "refs/tags/v1", TagObject = Tag };
        var version2 = new WantedRef(new Revision.Named("refs/tags/v1"), namesTarget: true);
        version2.Add(RefLine.Parse($"{Tag} refs/tags/v1 peeled:{Commit}"));
        version2.Add(RefLine.Parse($"{Tag} refs/tags/v1.1 peeled:{Tag}"));
        Assert.Equal(expected, version2.Result(complete: true).Value);

        var version0 = new WantedRef(new Revision.Named("refs/tags/v1"), namesTarget: false);
        foreach (
            var line in (string[])
                [
                    $"{Commit} HEAD",
                    $"{Tag} refs/tags/v1",
                    $"{Commit} refs/tags/v1^{{}}",
                    $"{Tag} refs/tags/v1.1",
                    $"{Tag} refs/tags/v1.1^{{}}",
                ]
        )
        {
            version0.Add(RefLine.Parse(line));
        }

        Assert.Equal(expected, version0.Result(complete: true).Value);
    }

    [Theory]
    [InlineData(">=1.2 <2", "refs/tags/v1.10.0")]
    [InlineData("1.2.x", "refs/tags/1.2.1")]
    [InlineData(">=1.2.0-0 <3", "refs/tags/v2.0.0-rc.1")]
    [InlineData(">=3", null)]
    public void Of_tags_the_highest_version_of_a_range_is_taken(string range, string? found)
    {
        var wanted = new WantedRef(new Revision.Highest(VersionRange.TryParse(range)!), namesTarget: true);
        string[] names = ["heads/v1.11.0", "tags/1.2.1", "tags/latest", "tags/v1.10.0", "tags/v1.2", "tags/v1.9.0", "tags/v2.0.0-rc.1"];
        foreach (var name in names)
        {
            wanted.Add(new RefLine($"refs/{name}", Commit, null));
        }

        var result = wanted.Result(complete: true);
        Assert.Equal((found, found is null ? Reasons.RefNotFound : null), (result.Value?.Ref, result.Failure?.Reason));
    }

    [Fact]
    public void Of_a_commit_it_is_known_whether_a_ref_names_it()
    {
        var wanted = new WantedRef(new Revision.Commit(Commit), namesTarget: false);
        wanted.Add(RefLine.Parse("ffffffffffffffffffffffffffffffffffffffff HEAD"));
        Assert.Equal(new RemoteHead(Branch: null, Commit) { IsCommitAsked = true }, wanted.Result(complete: true).Value);
        wanted.Add(RefLine.Parse($"{Commit} refs/heads/other"));
        Assert.True(wanted.Result(complete: true).Value?.IsShown);
    }
}

using System.Text;

namespace CodeRepoOperator.GitWorker;

public sealed class CommitTimeTests
{
    [Theory]
    [InlineData("committer A <a@b> 1700000000 +0100", 1_700_000_000)]
    [InlineData("committer A <a> b> <c@d> 17 -0500", 17)]
    [InlineData("committer > 1 <a@b> 99999999999999999 +0000", 99_999_999_999_999_999)]
    [InlineData("committer A <a@b> 99999999999999999999 +0000", 0)]
    [InlineData("committer A <a@b> -5 +0000", 0)]
    [InlineData("committer A <a@b>", 0)]
    [InlineData("committer A", 0)]
    [InlineData("nobody A <a@b> 5 +0000", 0)]
    public void It_is_what_git_takes_it_for(string line, long expected) =>
        Assert.Equal(
            expected,
            CommitTime.Of(
                Encoding.UTF8.GetBytes($"tree {new string('1', 40)}\nauthor A <a@b> 3 +0000\n{line}\n\ncommitter B <b@c> 4 +0000\n")
            )
        );
}

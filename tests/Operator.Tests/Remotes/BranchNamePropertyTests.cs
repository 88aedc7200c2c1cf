using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CsCheck;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// What holds for whatever somebody writes as <c>branch</c>. That git accepts the same is <c>BranchNameGitTests</c>' to show.
/// </summary>
public sealed class BranchNamePropertyTests
{
    private const int Iterations = 30_000;

    [Fact]
    public void What_is_accepted_stays_within_refs_heads_and_can_be_no_option()
    {
        var accepted = 0;
        HostileText.Branch.Sample(
            text =>
            {
                var parsed = BranchName.Parse(text);
                if (parsed.Value is not { } branch)
                {
                    Assert.Equal(Reasons.InvalidSpec, parsed.Failure!.Reason);
                    Assert.False(RemoteText.HoldsUnseen(parsed.Failure.Message));
                    return;
                }

                Interlocked.Increment(ref accepted);
                Assert.Equal((text, $"refs/heads/{text}"), (branch.ToString(), branch.Ref));
                Assert.Equal(branch, BranchName.Parse(text).Value);
                Assert.StartsWith(
                    "/clone/.git/refs/heads/",
                    Path.GetFullPath(Path.Combine("/clone/.git", branch.Ref)),
                    StringComparison.Ordinal
                );
                Assert.Equal($"/clone/.git/{branch.Ref}", Path.GetFullPath(Path.Combine("/clone/.git", branch.Ref)));
                Assert.False(text.StartsWith('-') || text.Any(char.IsControl) || text.Contains(' ', StringComparison.Ordinal), text);
                Assert.InRange(Encoding.UTF8.GetByteCount(text), 1, BranchName.MaximumLength);
                Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
            },
            iter: Iterations
        );
        Assert.True(accepted > Iterations / 20, $"only {accepted} were accepted");
    }

    [Theory]
    [InlineData("a\u202eb")]
    [InlineData("a\u200bb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u2028b")]
    [InlineData("--upload-pack=x")]
    public void What_can_not_be_seen_or_passed_on_is_refused(string text) =>
        Assert.Equal(Reasons.InvalidSpec, BranchName.Parse(text).Failure?.Reason);

    [Fact]
    public void Half_a_character_is_refused() => Assert.Equal(Reasons.InvalidSpec, BranchName.Parse("a\ud800").Failure?.Reason);

    [Fact]
    public void The_length_is_counted_in_bytes()
    {
        Assert.True(BranchName.Parse(new string('é', 122)).Succeeded);
        Assert.False(BranchName.Parse(new string('é', 123)).Succeeded);
    }
}

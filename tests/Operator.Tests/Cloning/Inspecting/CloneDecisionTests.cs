using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Inspecting;

public sealed class CloneDecisionTests
{
    private static readonly DesiredClone Never = TestClones.Wanted();
    private static readonly DesiredClone Before = TestClones.Wanted(repo =>
        repo.Status = new CodeRepoStatus { ClonedAt = TestClones.ClonedAt }
    );

    [Fact]
    public void A_clone_of_what_is_wanted_is_kept() =>
        Assert.IsType<CloneDecision.Keep>(CloneDecision.For(Before, new ObservedClone(TestClones.Published(), null)));

    [Theory]
    [InlineData("https://git.example.com/other.git", "main", 1)]
    [InlineData("https://git.example.com/team/hello.git", "dev", 1)]
    [InlineData("https://git.example.com/team/hello.git", null, 1)]
    [InlineData("https://git.example.com/team/hello.git", "main", 0)]
    public void A_clone_of_another_spec_is_replaced(string url, string? branch, int depth) =>
        Assert.IsType<CloneDecision.Replace>(
            CloneDecision.For(Before, new ObservedClone(TestClones.Published(url: url, branch: branch, depth: depth), null))
        );

    [Fact]
    public void A_clone_of_another_CodeRepo_of_this_name_is_a_loss_only_if_there_was_one_of_ours()
    {
        var foreign = new ObservedClone(TestClones.Published(uid: "other"), null);

        Assert.IsType<CloneDecision.CloneFirst>(CloneDecision.For(Never, foreign));
        Assert.Equal(new CloneDecision.Reclone(CloneLoss.MarkerForeign), CloneDecision.For(Before, foreign));
    }

    [Theory]
    [InlineData(nameof(CloneLoss.FolderMissing))]
    [InlineData(nameof(CloneLoss.GitFolderMissing))]
    [InlineData(nameof(CloneLoss.WorkingTreeEmpty))]
    public void What_was_published_and_is_damaged_is_cloned_again_and_what_never_was_is_a_first_clone(string name)
    {
        var loss = Enum.Parse<CloneLoss>(name);

        Assert.Equal(new CloneDecision.Reclone(loss), CloneDecision.For(Before, new ObservedClone(null, loss)));
        Assert.IsType<CloneDecision.CloneFirst>(CloneDecision.For(Never, new ObservedClone(null, loss)));
    }

    [Fact]
    public void What_nobody_can_look_at_stays_as_it_is()
    {
        var unreadable = new ObservedClone(null, null, CloneFailure.StoreFull);

        Assert.IsType<CloneDecision.Wait>(CloneDecision.For(Before, unreadable));
        Assert.IsType<CloneDecision.Wait>(CloneDecision.For(Never, unreadable));
    }
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Reporting;

public sealed class UnreportedChangeTests
{
    private const string Other = "89abcdef0123456789abcdef0123456789abcdef";

    private static readonly PublishedClone Clone = TestClones.Published();

    /// <summary>Two clones were made in one second, and the status is of the first.</summary>
    [Fact]
    public void A_reclone_is_not_reported_by_a_status_of_the_same_second() =>
        Assert.False(
            UnreportedChange
                .To(Telling(reclones: 1), new CloneChange.Recloned(CloneLoss.FolderMissing))
                .IsReportedBy(Telling(reclones: 1), Clone)
        );

    [Fact]
    public void A_reclone_is_reported_once_it_is_counted() =>
        Assert.True(
            UnreportedChange
                .To(Telling(reclones: 1), new CloneChange.Recloned(CloneLoss.FolderMissing))
                .IsReportedBy(Telling(reclones: 2), Clone)
        );

    [Fact]
    public void An_update_is_not_reported_by_a_status_of_another_commit_of_the_same_second() =>
        Assert.False(
            UnreportedChange.To(Telling(commit: Other), new CloneChange.Updated(Other)).IsReportedBy(Telling(commit: Other), Clone)
        );

    [Fact]
    public void A_first_clone_is_reported_by_its_time_and_commit()
    {
        var unreported = UnreportedChange.To(TestClones.Repo(), new CloneChange.Cloned());

        Assert.False(unreported.IsReportedBy(TestClones.Repo(), Clone));
        Assert.True(unreported.IsReportedBy(Telling(), Clone));
        Assert.False(unreported.IsReportedBy(Telling(), clone: null));
    }

    private static CodeRepo Telling(int reclones = 0, string? commit = null)
    {
        var repo = TestClones.Repo();
        repo.Status = new CodeRepoStatus
        {
            ClonedAt = CodeRepoStatus.WholeSeconds(Clone.Marker.ClonedAt),
            Commit = commit ?? Clone.Marker.Commit,
            Reclones = reclones,
        };
        return repo;
    }
}

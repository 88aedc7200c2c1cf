using CodeRepoOperator.Entities;
using k8s.Models;

namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class LocalPathTests
{
    private static readonly DateTime Created = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData("default", "/code", "/code/hello")]
    [InlineData("with a slash", "/code/", "/code/hello")]
    [InlineData("the root of the volume", "/code/{namespace}", "/code/team/hello")]
    public void Its_directory_is_below_what_consumers_mount(string what, string prefix, string expected) =>
        Assert.Equal((what, expected), (what, LocalPath.Wrong([Repo("a")], Matches("a"), prefix).Single().Path));

    [Theory]
    [InlineData("right", "/code/hello", 0)]
    [InlineData("none", null, 1)]
    [InlineData("of another place", "/tmp/repos/hello", 1)]
    public void Only_what_is_wrong_is_written(string what, string? path, int expected) =>
        Assert.Equal(
            (what, expected),
            (
                what,
                LocalPath
                    .Wrong([Repo("a")], TestRows.Match([TestRows.Wanted("a")], TestRows.Row() with { LocalPath = path }), "/code")
                    .Count
            )
        );

    [Theory]
    [InlineData("no clone", "False", false)]
    [InlineData("a clone", "True", false)]
    [InlineData("on its way out", "True", true)]
    public void Rows_of_CodeRepos_without_a_clone_stay_as_they_are(string what, string available, bool isDeleted)
    {
        var repo = Repo("a");
        repo.Status!.Conditions!.Single().Status = available;
        repo.Metadata.DeletionTimestamp = isDeleted ? Created : null;

        Assert.Equal((what, available == "True" && !isDeleted), (what, LocalPath.Wrong([repo], Matches("a"), "/code").Count == 1));
    }

    [Fact]
    public void Of_several_CodeRepos_the_oldest_keeps_the_row()
    {
        var (old, late) = (Repo("b", "old", Created), Repo("a", "late", Created.AddSeconds(1)));

        Assert.Equal("/code/old", LocalPath.Wrong([late, old], Matches("a", "b"), "/code").Single().Path);
    }

    private static RowOwners Matches(params string[] uids) => TestRows.Match([.. uids.Select(uid => TestRows.Wanted(uid))], TestRows.Row());

    private static CodeRepo Repo(string uid, string name = "hello", DateTime? created = null) => TestRows.Repo(uid, repo =>
        {
            repo.Metadata.CreationTimestamp = created ?? Created;
            repo.Status = new CodeRepoStatus
            {
                Branch = "main",
                Origin = new CodeRepoOrigin { Url = TestRows.Url, Access = CloneAccess.Secret },
                Volume = new CodeRepoVolume { Path = $"team/{name}" },
                Conditions = [new V1Condition { Type = ConditionTypes.CloneAvailable, Status = "True" }],
            };
        });
}

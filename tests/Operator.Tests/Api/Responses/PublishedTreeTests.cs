using CodeRepoOperator.Cloning;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.Api.Responses;

public sealed class PublishedTreeTests
{
    private static readonly SubmodulePlace Library = new("lib", "lib", "https://git.example.com/lib.git", new string('a', 40));

    [Fact]
    public void A_submodule_that_comes_later_makes_another_tree_of_the_same_commit()
    {
        var clone = TestClones.Published();

        string[] ids = [.. new[] { clone, With(clone), With(clone, Library) }.Select(PublishedTree.IdOf)];

        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids, id => Assert.StartsWith(clone.Marker.Commit, id, StringComparison.Ordinal));
        Assert.Equal(ids[2], PublishedTree.IdOf(With(clone, Library) with { MarkerWrittenAt = DateTime.UnixEpoch }));
    }

    [Fact]
    public void A_file_of_Git_Lfs_that_comes_later_makes_another_tree_of_the_same_commit()
    {
        var clone = TestClones.Published();
        var none = clone with { Marker = clone.Marker with { Lfs = new ClonedLfs(new DesiredLfs(Required: false, 9), 0, 0, "", true) } };
        var some = clone with { Marker = none.Marker with { Lfs = none.Marker.Lfs! with { Digest = "0123", Files = 1 } } };

        Assert.Equal(3, new[] { clone, none, some }.Select(PublishedTree.IdOf).Distinct(StringComparer.Ordinal).Count());
    }

    private static PublishedClone With(PublishedClone clone, params SubmodulePlace[] submodules) =>
        clone with
        {
            Marker = clone.Marker with
            {
                Submodules = new ClonedSubmodules(
                    new DesiredSubmodules(Required: false, Depth: 4, Max: 200),
                    submodules,
                    MayComeLater: submodules.Length == 0
                ),
            },
        };
}

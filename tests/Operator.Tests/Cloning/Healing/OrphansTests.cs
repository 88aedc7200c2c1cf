using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Healing;

public sealed class OrphansTests
{
    private static readonly NamespacedName Key = new("team", "hello");

    [Theory]
    [InlineData("its CodeRepo is gone: orphan", "uid", "", "", true)]
    [InlineData("its CodeRepo was made anew under the name: orphan", "uid", "", "hello/another", true)]
    [InlineData("one of its uid has another name: orphan", "uid", "", "other/uid", true)]
    [InlineData("its namespace is one of those watched: orphan", "uid", "team,other", "", true)]
    [InlineData("its CodeRepo exists: stays", "uid", "", "hello/uid", false)]
    [InlineData("its namespace is not watched: stays", "uid", "other", "", false)]
    [InlineData("nothing says that it is ours: stays", null, "", "", false)]
    public void Only_what_is_ours_and_of_no_CodeRepo_is_an_orphan(
        string name,
        string? markerUid,
        string namespaces,
        string existing,
        bool orphan
    )
    {
        var placed = new PlacedClone(Key, markerUid is null ? null : TestClones.Published(markerUid).Marker);
        var known = existing
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(one => one.Split('/'))
            .Select(one => (new NamespacedName("team", one[0]), one[1]))
            .ToHashSet();

        var found = Orphans.Among([placed], namespaces.Split(',', StringSplitOptions.RemoveEmptyEntries), known);

        Assert.True(found.Any() == orphan, name);
    }
}

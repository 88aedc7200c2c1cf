using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using k8s.Models;

namespace CodeRepoOperator.Cloning;

/// <summary>A CodeRepo and its clone, as tests vary them.</summary>
internal static class TestClones
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public static readonly DateTimeOffset ClonedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static CodeRepo Repo(Action<CodeRepo>? change = null)
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta
            {
                Name = "hello",
                NamespaceProperty = "team",
                Uid = "uid",
                Generation = 3,
            },
            Spec = new CodeRepoSpec { GitUrl = "https://git.example.com/team/hello.git", Branch = "main" },
        };
        change?.Invoke(repo);
        return repo;
    }

    public static DesiredClone Wanted(Action<CodeRepo>? change = null)
    {
        var wanted = DesiredClone.Of(Repo(change));
        Assert.True(wanted.Succeeded, wanted.Failure?.Message);
        return wanted.Value;
    }

    public static PublishedClone Published(
        string uid = "uid",
        string url = "https://git.example.com/team/hello.git",
        string? branch = "main",
        int depth = 1
    ) => new(new NamespacedName("team", "hello"), Marker(uid, url, branch, depth), DateTime.UnixEpoch);

    public static CloneMarker Marker(
        string uid = "uid",
        string url = "https://git.example.com/team/hello.git",
        string? branch = "main",
        int depth = 1
    ) =>
        new()
        {
            Uid = uid,
            Url = url,
            WantedBranch = branch,
            Branch = branch ?? "main",
            Commit = Commit,
            Depth = depth,
            ClonedAt = ClonedAt,
        };
}

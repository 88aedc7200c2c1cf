using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

public sealed class MadeLfsTests
{
    private static readonly DesiredLfs Asked = new(Required: false, 1000);
    private static readonly OmittedPaths None = new(0, []);

    [Fact]
    public void What_trees_have_and_lack_is_added_up_by_their_paths()
    {
        var made = new MadeLfs(Asked);
        made.Add(Place("", "z.bin"), Fetched(2, 30, new OmittedPaths(1, ["z.bin (TooLarge)"]), mayComeLater: false));
        made.Add(Place("vendor/lib", "b.bin", "c.bin"), new CloneFailure(Reasons.Unreachable, "down"));

        var tree = made.AddTo(
            new FetchedTree("main", "1", new OmittedContent(None, new OmittedPaths(3, []), null), Size: new CloneSize(100, 2))
        );

        Assert.Equal(
            new OmittedPaths(3, ["vendor/lib/b.bin (Unreachable)", "vendor/lib/c.bin (Unreachable)", "z.bin (TooLarge)"]),
            tree.Omitted!.LfsFiles
        );
        Assert.Equal(new CloneSize(130, 4), tree.Size);
        Assert.Equal((2, 30L, true), (made.Cloned.Files, made.Cloned.Bytes, made.Cloned.MayComeLater));
        Assert.True(made.Cloned.IsPossible);
        Assert.NotEmpty(made.Cloned.Digest);
    }

    [Fact]
    public void Nothing_that_lacks_is_nothing_omitted()
    {
        var made = new MadeLfs(Asked);
        made.Add(Place("", "a.bin"), Fetched(1, 3, None, mayComeLater: false));

        Assert.Null(made.AddTo(new FetchedTree("main", "1", new OmittedContent(None, new OmittedPaths(1, ["a.bin"])))).Omitted);
        Assert.False(made.Cloned.MayComeLater);
        Assert.Equal("", new MadeLfs(Asked).Cloned.Digest);

        // What the repository says itself it will say again.
        var flawed = new MadeLfs(Asked);
        flawed.Add(Place("", "a.bin"), new CloneFailure(Reasons.InvalidUrl, "no URL"));
        Assert.False(flawed.Cloned.MayComeLater);
    }

    private static FetchedLfs Fetched(int files, long bytes, OmittedPaths omitted, bool mayComeLater) =>
        new(files, bytes, "0123456789abcdef", new CloneSize(bytes, files), omitted, null, mayComeLater);

    private static LfsPlace Place(string path, params string[] pointers) =>
        new(
            path,
            "/clone",
            GitUrl.Parse("https://git.example.com/x").Value!,
            new FetchedTree("main", "1", new OmittedContent(None, new OmittedPaths(pointers.Length, pointers))),
            null
        );
}

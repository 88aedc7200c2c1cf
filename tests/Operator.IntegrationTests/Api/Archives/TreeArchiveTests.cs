using System.Runtime.Versioning;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Api.Archives;

/// <summary>What an archive of a clone holds, beside <c>git archive</c> of the same commit.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeArchiveTests(OddClone odd) : IClassFixture<OddClone>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("src")]
    [InlineData("src/deep/er/")]
    [InlineData("src/run.sh")]
    [InlineData("link")]
    [InlineData("sub")]
    [InlineData("sub/module")]
    [InlineData("big.bin")]
    [InlineData("long")]
    public async Task It_has_the_bytes_of_git_archive(string? path)
    {
        var git = Path.Combine(odd.Directory, Guid.NewGuid().ToString("n"));
        await GitCommand.RunAsync(
            odd.Clone,
            ["archive", "--format=tar", "-o", git, "HEAD", .. path is null ? Array.Empty<string>() : [path]]
        );
        Assert.Equal(await File.ReadAllBytesAsync(git, Token), await ArchiveAsync(path));
    }

    /// <summary>Git names what has no room in a header by its directory's object there; readers of tar never see that name.</summary>
    [Fact]
    public async Task Directories_of_any_length_are_unpacked()
    {
        var unpacked = Directory.CreateDirectory(Path.Combine(odd.Directory, Guid.NewGuid().ToString("n"))).FullName;
        await File.WriteAllBytesAsync(unpacked + ".tar", await ArchiveAsync(null, odd.Deep), Token);
        await RunAsync("tar", "xf", unpacked + ".tar", "-C", unpacked);
        await RunAsync("diff", "-r", "--no-dereference", "-x", ".git", odd.Deep, unpacked);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("src/dee")]
    [InlineData("src/run.sh/x")]
    public void What_is_not_in_the_commit_is_not_found(string path)
    {
        using var archive = TreeArchive.Open(OpenDirectory.Open(odd.Clone)!, [], ArchivePath.Parse(path)!).Archive!;
        Assert.False(archive.IsFound);
    }

    public static TheoryData<string, Action<string>, string> Damages =>
        new()
        {
            { "a file gone", tree => File.Delete(Path.Combine(tree, "src/run.sh")), "src/run.sh: missing" },
            { "a directory gone", tree => Directory.Delete(Path.Combine(tree, "src/deep"), recursive: true), "its directory is missing" },
            { "a file cut short", tree => File.WriteAllText(Path.Combine(tree, "dos.bat"), ""), "dos.bat: has 0 bytes" },
            { "a link in a file's place", tree => Link(Path.Combine(tree, "dos.bat"), "/etc/passwd"), "dos.bat: missing" },
            { "a link in a directory's place", tree => LinkDirectory(Path.Combine(tree, "src"), "/etc"), "its directory is missing" },
            { "a file in a link's place", tree => File.WriteAllText(Remove(Path.Combine(tree, "link")), "x"), "link: no link" },
            { "a link that leads elsewhere", tree => Link(Path.Combine(tree, "link"), "/etc/passwd"), "link: no link" },
            { "no index", tree => File.Delete(Path.Combine(tree, ".git/index")), "index is missing" },
            { "an index that is none", tree => File.WriteAllText(Path.Combine(tree, ".git/index"), "no index"), "index" },
        };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public async Task What_is_not_as_it_was_published_ends_it(string damage, Action<string> apply, string expected)
    {
        var tree = Path.Combine(odd.Directory, damage);
        await RunAsync("cp", "-a", odd.Clone, tree);
        apply(tree);

        var opened = TreeArchive.Open(OpenDirectory.Open(tree)!, [], ArchivePath.Whole);
        using var archive = opened.Archive;
        var flaw = opened.Flaw ?? await archive!.WriteAsync(Stream.Null, odd.Commit, 0, Token);
        Assert.NotNull(flaw);
        Assert.True(flaw.IsDamage);
        Assert.Contains(expected, flaw.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version 4", "update-index", "--index-version", "4")]
    [InlineData("version 3", "update-index", "--skip-worktree", "src/run.sh")]
    [InlineData("caches", "update-index", "--untracked-cache")]
    public async Task An_index_that_a_consumers_git_wrote_lists_the_same(string name, params string[] command)
    {
        var tree = Path.Combine(odd.Directory, name);
        await RunAsync("cp", "-a", odd.Clone, tree);
        await GitCommand.RunAsync(tree, command);
        Assert.NotEqual(await IndexAsync(odd.Clone), await IndexAsync(tree));

        Assert.Equal(await ArchiveAsync(null), await ArchiveAsync(null, tree));
    }

    /// <summary>Its entries are in another file, or in part: what there is must not pass for all.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("src/run.sh")]
    public async Task An_index_in_two_parts_ends_it(string? path)
    {
        var tree = Path.Combine(odd.Directory, $"split {path is null}");
        await RunAsync("cp", "-a", odd.Clone, tree);
        await GitCommand.RunAsync(tree, "update-index", "--split-index");

        var opened = TreeArchive.Open(OpenDirectory.Open(tree)!, [], ArchivePath.Parse(path)!);
        using var archive = opened.Archive;
        var flaw = opened.Flaw ?? await archive!.WriteAsync(Stream.Null, odd.Commit, 0, Token);
        Assert.True(flaw?.IsDamage);
        Assert.Contains("split", flaw!.Detail, StringComparison.Ordinal);
    }

    private static Task<byte[]> IndexAsync(string clone) => File.ReadAllBytesAsync(Path.Combine(clone, ".git/index"), Token);

    private async Task<byte[]> ArchiveAsync(string? path, string? clone = null)
    {
        using var output = new MemoryStream();
        using var archive = TreeArchive.Open(OpenDirectory.Open(clone ?? odd.Clone)!, [], ArchivePath.Parse(path)!).Archive!;
        Assert.True(archive.IsFound);
        Assert.Null(await archive.WriteAsync(output, odd.Commit, odd.CommittedAt, Token));
        return output.ToArray();
    }

    private static async Task RunAsync(string program, params string[] arguments) =>
        (await ProcessRunner.RunAsync(program, arguments, new Dictionary<string, string>(), "", Token)).OutputOrThrow();

    private static void Link(string path, string target) => File.CreateSymbolicLink(Remove(path), target);

    private static void LinkDirectory(string path, string target)
    {
        Directory.Move(path, path + ".moved");
        Directory.CreateSymbolicLink(path, target);
    }

    private static string Remove(string path)
    {
        File.Delete(path);
        return path;
    }
}

using System.Formats.Tar;
using System.Text;
using CodeRepoOperator.Api.Archives;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Submodules;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Worker;
using GitServer;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Cloning.Sparse;

/// <summary>What <c>spec.sparse</c> asks for, beside what git itself makes of the same repository.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SparseTests(KubeApiServer cluster)
{
    /// <summary>In bytes: a file that no test asks for, and that can't be compressed.</summary>
    private const int Large = 300_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool> Servers =>
        new()
        {
            { true, false },
            { false, false },
            { true, true },
        };

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_clone_has_the_folders_just_as_git_checks_them_out(bool canFilter, bool isOld)
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await ProjectAsync(fixture, canFilter);
        fixture.Remote.Server.Fault = _ => new RequestFault { OldProtocol = isOld };
        string[] folders = ["src", "docs/api", "lonely/nosuch", "nosuch/folder"];

        var desired = Want(fixture, folders);
        var made = await fixture.MakeAsync(desired);

        var clone = fixture.Layout.Clone(desired.Key);
        Assert.Equal(canFilter && !isOld, fixture.Remote.Server.BytesSent < Large);
        fixture.Remote.Server.Fault = _ => null;
        await SeeSameAsync(fixture, desired, folders);
        await SeePartialAsync(fixture, clone, folders, canFilter && !isOld);
        Assert.True(File.Exists(Path.Combine(clone, "docs/beside.txt")));
        Assert.False(Path.Exists(Path.Combine(clone, "other")));

        // What is left out was not asked for; a folder that is not there may be a typing error.
        Assert.Null(made.Marker.Omitted);
        Assert.Equal("lonely/nosuch, nosuch/folder", made.Marker.Sparse!.Absent!.ToString());
        Assert.Equal(folders.Order(StringComparer.Ordinal), fixture.ContentOf(made)!.Sparse);
        Assert.InRange(made.Marker.Size!.Files, CloneSize.GitFiles, CloneSize.GitFiles + 20);
        fixture.Store.Clear();
        Assert.IsType<CloneDecision.Keep>(fixture.Store.Decide(desired));
        Assert.Null((await fixture.CheckAsync(made)).Finding);

        // Readers who can't mount the volume get the same files.
        Assert.Equal(
            ClonedTree
                .Listing(clone)
                .Where(line => !line.EndsWith(" directory", StringComparison.Ordinal))
                .Select(line => line.Split(' ')[0]),
            (await ArchivedAsync(fixture, made, null)).Order(StringComparer.Ordinal)
        );
        Assert.Equal(["docs/api/deep/d.txt"], await ArchivedAsync(fixture, made, "docs/api/deep"));
        Assert.Empty(await ArchivedAsync(fixture, made, "other"));

        // And git has what is missing fetched where somebody asks for it.
        Assert.Equal("other/f.txt", await GitCommand.RunAsync(clone, "show", "HEAD:other/f.txt"));
        await GitCommand.RunAsync(clone, "sparse-checkout", "add", "other/deep");
        Assert.Equal("other/deep/g.txt\n", await File.ReadAllTextAsync(Path.Combine(clone, "other/deep/g.txt"), Token));
    }

    public static TheoryData<string, RequestFault> Refusals =>
        new()
        {
            {
                "an error of HTTP",
                new RequestFault { Status = 500 }
            },
            {
                "an error of git",
                new RequestFault { Body = "002bERR upload-pack: not our ref 0123456789\n" }
            },
            {
                "nothing",
                new RequestFault { Body = "" }
            },
            {
                "half of it",
                new RequestFault { CutAfter = 100 }
            },
        };

    [Theory]
    [MemberData(nameof(Refusals), DisableDiscoveryEnumeration = true)]
    public async Task A_remote_that_does_not_give_what_it_left_out_is_asked_for_all(string refusal, RequestFault fault)
    {
        Assert.NotEmpty(refusal);
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var project = await ProjectAsync(fixture, canFilter: true);
        fixture.Remote.Server.Fault = request => IsOfBlobs(request) ? fault : null;
        var desired = Want(fixture, ["src", "docs/api"]);

        var made = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);
        await SeeSameAsync(fixture, desired, ["src", "docs/api"], () => fixture.Remote.Server.Fault = _ => null);
        await SeePartialAsync(fixture, clone, ["src", "docs/api"], isPartial: false);

        // The update too, on top of it and of one that is partial.
        await project.CommitAsync("src/new.txt", "new");
        fixture.Remote.Server.Fault = request => IsOfBlobs(request) ? fault : null;
        made = (await fixture.RefreshAsync(desired, made, Token)).Published!;
        await SeeSameAsync(fixture, desired, ["src", "docs/api"], () => fixture.Remote.Server.Fault = _ => null);
        await project.CommitAsync("src/newer.txt", "newer");
        made = (await fixture.RefreshAsync(desired, made, Token)).Published!;
        await project.CommitAsync("src/newest.txt", "newest");
        fixture.Remote.Server.Fault = request => IsOfBlobs(request) ? fault : null;
        made = (await fixture.RefreshAsync(desired, made, Token)).Published!;
        await SeeSameAsync(fixture, desired, ["src", "docs/api"], () => fixture.Remote.Server.Fault = _ => null);
        Assert.Null((await fixture.CheckAsync(made)).Finding);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 2)]
    public async Task Random_updates_of_random_folders_stay_as_git_has_them(int seed, int depth)
    {
        var random = new Random(seed);
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var project = await ProjectAsync(fixture, canFilter: true);
        string[] all = ["src", "src/deep", "docs", "docs/api", "docs/api/deep", "docs/guide", "other", "other/deep", "sources", "new"];
        for (var round = 0; round < 8; round++)
        {
            foreach (var folder in all.Where(_ => random.Next(3) == 0))
            {
                await File.WriteAllTextAsync(project.Path($"{folder}/{random.Next(3)}.txt"), $"{random.Next(4)}\n", Token);
            }

            if (random.Next(3) == 0)
            {
                await File.AppendAllTextAsync(
                    project.Path(random.Next(2) == 0 ? "docs/.gitattributes" : ".gitattributes"),
                    "# more\n",
                    Token
                );
            }

            if (random.Next(4) > 0)
            {
                await project.PushAsync();
            }

            string[] folders = [.. all.Where(_ => random.Next(4) == 0).DefaultIfEmpty("src")];
            var isWhole = random.Next(6) == 0;
            var desired = isWhole
                ? fixture.Want(change: repo => repo.Spec.Depth = depth)
                : Want(fixture, folders, change: repo => repo.Spec.Depth = depth);
            var made = await fixture.EnsureAsync(desired, Token);
            made = made.Change is CloneChange.None ? await fixture.RefreshAsync(desired, made.Published!, Token) : made;
            Assert.True(made.Failure is null, made.Failure?.Message);
            Assert.Null((await fixture.CheckAsync(made.Published!)).Finding);
            if (isWhole)
            {
                await ClonedTree.SoundAsync(fixture.Layout.Clone(desired.Key), made.Published!.Marker.Commit);
                await SeeNothingMissingAsync(fixture.Layout.Clone(desired.Key));
            }
            else
            {
                await SeeSameAsync(fixture, desired, folders, depth: depth);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_update_a_changed_set_and_the_whole_tree_are_built_on_what_is_there(bool canFilter)
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var project = await ProjectAsync(fixture, canFilter);
        var desired = Want(fixture, ["src"]);
        var first = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);
        var stays = new FileInfo(Path.Combine(clone, "src/a.txt")).LastWriteTimeUtc;

        await File.WriteAllTextAsync(project.Path("src/new.txt"), "new", Token);
        await File.WriteAllTextAsync(project.Path("other/new.txt"), "outside", Token);
        await project.GitAsync("rm", "-q", "src/deep/b.txt");
        await project.PushAsync();
        var before = fixture.Remote.Server.BytesSent;
        var moved = await fixture.RefreshAsync(desired, first, Token);
        Assert.InRange(fixture.Remote.Server.BytesSent - before, 1, 5000);
        Assert.True(moved.Failure is null, moved.Failure?.Message);
        await SeeSameAsync(fixture, desired, ["src"]);
        Assert.Equal(stays, new FileInfo(Path.Combine(clone, "src/a.txt")).LastWriteTimeUtc);
        Assert.Null((await fixture.CheckAsync(moved.Published!)).Finding);

        // Others, more, fewer.
        foreach (var folders in new string[][] { ["docs/api"], ["docs", "other", "src"], ["other"] })
        {
            desired = Want(fixture, folders);
            var changed = await fixture.EnsureAsync(desired, Token);
            Assert.True(changed.Failure is null, changed.Failure?.Message);
            Assert.IsType<CloneChange.Updated>(changed.Change);
            await SeeSameAsync(fixture, desired, folders);
            Assert.Null((await fixture.CheckAsync(changed.Published!)).Finding);
            Assert.Equal(canFilter, await IsPartialAsync(clone));
        }

        // And the whole tree, which then lacks nothing.
        desired = fixture.Want();
        var whole = await fixture.MakeAsync(desired);
        Assert.Null(whole.Marker.Sparse);
        Assert.Null(fixture.ContentOf(whole));
        var byGit = fixture.Remote.NewDirectory();
        await GitCommand.RunAsync("/", "clone", "-q", "--depth", "1", fixture.Remote.Server.UrlOf("project.git"), byGit);
        Assert.Equal(ClonedTree.Listing(byGit), ClonedTree.Listing(clone));
        await ClonedTree.SoundAsync(clone, whole.Marker.Commit);
        Assert.False(await IsPartialAsync(clone));
        Assert.DoesNotContain(
            "sparse",
            await File.ReadAllTextAsync(Path.Combine(clone, ".git/config"), Token),
            StringComparison.OrdinalIgnoreCase
        );
        await SeeNothingMissingAsync(clone);

        // From there to folders again.
        desired = Want(fixture, ["docs/api"]);
        var again = await fixture.MakeAsync(desired);
        await SeeSameAsync(fixture, desired, ["docs/api"]);
        Assert.Null((await fixture.CheckAsync(again)).Finding);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_lost_is_found_and_made_again_and_what_is_not_asked_for_is_no_loss(bool canFilter)
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await ProjectAsync(fixture, canFilter);
        var desired = Want(fixture, ["src"]);
        var made = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);

        await SeeFoundAsync("src/deep/b.txt", CloneDamage.Tree, () => File.Delete(Path.Combine(clone, "src/deep/b.txt")));
        await SeeFoundAsync("src/a.txt", CloneDamage.Tree, () => File.AppendAllText(Path.Combine(clone, "src/a.txt"), "x"));
        await SeeFoundAsync("outside spec.sparse", CloneDamage.Tree, () =>
        {
            Directory.CreateDirectory(Path.Combine(clone, "other"));
            File.WriteAllText(Path.Combine(clone, "other/large.bin"), "");
        });
        await SeeFoundAsync("info/sparse-checkout", CloneDamage.GitDirectory, () =>
            File.AppendAllText(Path.Combine(clone, ".git/info/sparse-checkout"), "/other/\n")
        );
        await SeeFoundAsync(".pack", CloneDamage.Pack, () =>
        {
            var pack = Directory
                .GetFiles(Path.Combine(clone, ".git/objects/pack"), "*.pack")
                .OrderBy(file => new FileInfo(file).Length)
                .Last();
            File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            using var file = File.OpenWrite(pack);
            file.Position = file.Length / 2;
            file.WriteByte(0x5A);
            file.WriteByte(0xA5);
        });

        // A reader's git that takes a folder out of the tree, and writes a sound index about it.
        await MakeAnewAsync();
        await GitCommand.RunAsync(clone, "sparse-checkout", "set", "docs");
        await File.WriteAllTextAsync(Path.Combine(clone, ".git/info/sparse-checkout"), made.Marker.Sparse!.Asked.Text, Token);
        var finding = (await fixture.CheckAsync(made)).Finding!;
        Assert.Equal(CloneDamage.Index, finding.Damage);

        async Task SeeFoundAsync(string what, CloneDamage kind, Action damage)
        {
            await MakeAnewAsync();
            damage();
            var found = (await fixture.CheckAsync(made)).Finding;
            Assert.NotNull(found);
            Assert.Equal(kind, found.Damage);
            Assert.Contains(what, found.Detail, StringComparison.Ordinal);
        }

        async Task MakeAnewAsync()
        {
            Directory.Delete(clone, recursive: true);
            fixture.Store.Clear();
            var lost = Assert.IsType<CloneDecision.Reclone>(fixture.Store.Decide(desired with { HadClone = true }));
            Assert.Equal(CloneLoss.FolderMissing, lost.Loss);
            made = await fixture.MakeAsync(desired);
            await SeeSameAsync(fixture, desired, ["src"]);
            Assert.Null((await fixture.CheckAsync(made)).Finding);
        }
    }

    [Fact]
    public async Task A_submodule_outside_is_neither_fetched_nor_missing()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var project = await ProjectAsync(fixture, canFilter: true);
        var lib = await fixture.Remote.ProjectAsync("lib.git");
        var commit = await lib.CommitAsync("lib.txt", "lib");
        await project.PinAsync("other/lib", "../nosuch.git", commit);
        await project.PinAsync("src/lib", "../lib.git", commit);

        var without = await fixture.MakeAsync(Want(fixture, ["src"]));
        Assert.Equal("src/lib", without.Marker.Omitted!.Submodules.ToString());

        var desired = Want(fixture, ["src"], change: repo => repo.Spec.Submodules = new CodeRepoSubmodules { Required = true });
        var made = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);
        Assert.Equal(["src/lib"], made.Marker.Submodules!.Fetched.Select(submodule => submodule.Path));
        Assert.Equal("lib", await File.ReadAllTextAsync(Path.Combine(clone, "src/lib/lib.txt"), Token));
        Assert.Null(made.Marker.Omitted);
        await ClonedTree.SoundAsync(clone, made.Marker.Commit);
        Assert.Null((await fixture.CheckAsync(made)).Finding);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clones_of_one_repository_share_what_both_have(bool canFilter)
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await ProjectAsync(fixture, canFilter);
        var first = Want(fixture, ["src"]);
        await fixture.MakeAsync(first);

        // A whole one needs more than a sparse one has.
        var whole = fixture.Want("whole");
        var made = await fixture.MakeAsync(whole);
        await ClonedTree.SoundAsync(fixture.Layout.Clone(whole.Key), made.Marker.Commit);
        await SeeNothingMissingAsync(fixture.Layout.Clone(whole.Key));

        var second = Want(fixture, ["src", "docs/api"], "second");
        made = await fixture.MakeAsync(second);
        await SeeSameAsync(fixture, second, ["src", "docs/api"]);
        Assert.Equal(
            await InodeAsync(fixture.Layout.Clone(whole.Key), "src/a.txt"),
            await InodeAsync(fixture.Layout.Clone(second.Key), "src/a.txt")
        );
        Assert.Null((await fixture.CheckAsync(made)).Finding);
    }

    /// <summary>Files in and beside folders, with what attributes, links and pointers make of them.</summary>
    private static async Task<GitProject> ProjectAsync(StoreFixture fixture, bool canFilter)
    {
        var project = await fixture.Remote.ProjectAsync();
        await GitCommand.RunAsync(project.Bare, "config", "uploadpack.allowFilter", canFilter ? "true" : "false");
        foreach (
            var file in new[] { "root.txt", "src/a.txt", "src/deep/b.txt", "docs/beside.txt", "docs/api/c.txt", "docs/api/deep/d.txt" }
        )
        {
            await File.WriteAllTextAsync(project.Path(file), $"{file}\n$Id$\n", Token);
        }

        foreach (var file in new[] { "docs/guide/e.txt", "other/f.txt", "other/deep/g.txt", "sources/h.txt", "lonely/deep/i.txt" })
        {
            await File.WriteAllTextAsync(project.Path(file), $"{file}\n", Token);
        }

        await File.WriteAllTextAsync(project.Path(".gitattributes"), "*.txt text\nsrc/** ident\n*.bin filter=lfs\n", Token);
        await File.WriteAllTextAsync(project.Path("docs/.gitattributes"), "*.txt eol=crlf\n", Token);
        await File.WriteAllTextAsync(project.Path("other/.gitattributes"), "*.txt ident\n", Token);
        await File.WriteAllBytesAsync(project.Path("other/large.bin"), Noise(Large), Token);
        await File.WriteAllTextAsync(
            project.Path("other/pointer.bin"),
            $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('1', 64)}\nsize 12\n",
            Token
        );
        File.CreateSymbolicLink(project.Path("src/link"), "deep/b.txt");
        await project.PushAsync();
        return project;
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(1).NextBytes(noise);
        return noise;
    }

    private static DesiredClone Want(StoreFixture fixture, string[] folders, string name = "hello", Action<CodeRepo>? change = null) =>
        fixture.Want(name, repo =>
        {
            repo.Spec.Sparse = folders;
            change?.Invoke(repo);
        });

    private static async Task SeeSameAsync(
        StoreFixture fixture,
        DesiredClone desired,
        string[] folders,
        Action? before = null,
        int depth = 1
    )
    {
        before?.Invoke();
        var byGit = fixture.Remote.NewDirectory();
        await SparseClone.CloneByGitAsync(fixture.Remote.Server.UrlOf("project.git"), byGit, folders, depth);
        await SparseClone.SeeSameAsync(byGit, fixture.Layout.Clone(desired.Key));
    }

    private static async Task<string> InodeAsync(string clone, string file) =>
        (
            await ProcessRunner.RunAsync("stat", ["-c", "%i", Path.Combine(clone, file)], new Dictionary<string, string>(), "", Token)
        ).OutputOrThrow();

    private static bool IsOfBlobs(HttpRequest request) =>
        GitHttpServer.StageOf(request) == RequestStage.Fetch
        && Encoding.ASCII.GetString(((MemoryStream)request.Body).ToArray()) is var text
        && !text.Contains("deepen", StringComparison.Ordinal)
        && !text.Contains("filter", StringComparison.Ordinal);

    /// <summary>Fails the test unless the clone lacks what git's own lacks, and git knows where to get it; or lacks nothing.</summary>
    private static async Task SeePartialAsync(StoreFixture fixture, string clone, string[] folders, bool isPartial)
    {
        Assert.Equal(isPartial, await IsPartialAsync(clone));
        if (!isPartial)
        {
            await SeeNothingMissingAsync(clone);
            return;
        }

        var byGit = fixture.Remote.NewDirectory();
        await SparseClone.CloneByGitAsync(fixture.Remote.Server.UrlOf("project.git"), byGit, folders);
        var missing = await MissingAsync(clone);
        Assert.NotEmpty(missing);
        Assert.Equal(await MissingAsync(byGit), missing);
        Assert.Equal("blob:none", await GitCommand.RunAsync(clone, "config", "remote.origin.partialclonefilter"));
    }

    private static async Task<bool> IsPartialAsync(string clone)
    {
        var config = await File.ReadAllTextAsync(Path.Combine(clone, ".git/config"), Token);
        var packs = Directory.GetFiles(Path.Combine(clone, ".git/objects/pack"), "*.pack");
        var isPartial = config.Contains("promisor = \"true\"", StringComparison.Ordinal);
        Assert.NotEmpty(packs);
        Assert.All(packs, pack => Assert.Equal(isPartial, File.Exists(Path.ChangeExtension(pack, ".promisor"))));
        return isPartial;
    }

    private static async Task SeeNothingMissingAsync(string clone) => Assert.Empty(await MissingAsync(clone));

    private static async Task<List<string>> MissingAsync(string clone) =>
        [
            .. (await GitCommand.RunAsync(clone, "rev-list", "--objects", "--missing=print", "HEAD"))
                .Split('\n')
                .Where(line => line.StartsWith('?'))
                .Order(StringComparer.Ordinal),
        ];

    private static async Task<List<string>> ArchivedAsync(StoreFixture fixture, PublishedClone clone, string? path)
    {
        using var output = new MemoryStream();
        using var archive = TreeArchive.Open(fixture.Store.Open(clone)!, [], ArchivePath.Parse(path)!, clone.Marker.Sparse?.Asked).Archive!;
        if (!archive.IsFound)
        {
            return [];
        }

        Assert.Null(await archive.WriteAsync(output, clone.Marker.Commit, clone.Marker.CommittedAt!.Value, Token));
        output.Position = 0;
        await using var tar = new TarReader(output);
        var names = new List<string>();
        while (await tar.GetNextEntryAsync(cancellationToken: Token) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes))
            {
                names.Add(entry.Name);
            }
        }

        return names;
    }
}

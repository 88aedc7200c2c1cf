using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Inspecting;

public sealed class CloneInspectorTests : IDisposable
{
    private static readonly NamespacedName Key = new("team", "hello");

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("coderepo-inspector-");
    private readonly KnownDamage _damage = new();
    private readonly CloneInspector _inspector;
    private readonly string _clone;
    private readonly CloneMarker _marker;

    public CloneInspectorTests()
    {
        var layout = new StoreLayout(Options.Create(new StoreOptions { Root = _root.FullName }));
        _inspector = new CloneInspector(layout, _damage);
        _clone = layout.Clone(Key);
        Directory.CreateDirectory(Git("objects/pack"));
        Directory.CreateDirectory(Git("refs/heads"));
        File.WriteAllText(Path.Combine(_clone, "README.md"), "hello");
        File.WriteAllText(Path.Combine(_clone, "LICENSE"), "free");
        File.WriteAllText(Git("HEAD"), "ref: refs/heads/main\n");
        File.WriteAllText(Git("refs/heads/main"), TestClones.Commit + "\n");
        File.WriteAllText(Git("shallow"), TestClones.Commit + "\n");
        File.WriteAllBytes(Git("index"), IndexOf(100));
        foreach (var name in new[] { "pack-1.pack", "pack-1.idx", "pack-2.pack", "pack-2.idx" })
        {
            File.WriteAllText(Git("objects/pack/" + name), name);
        }

        _marker = TestClones.Published().Marker with { Contents = CloneContents.Of(_clone) };
        _marker.Write(StoreLayout.Marker(_clone));
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void A_whole_clone_is_found_with_its_marker() =>
        Assert.Equivalent(_marker, _inspector.Look(Key).Published?.Marker, strict: true);

    [Fact]
    public void A_clone_of_a_commit_without_files_needs_none()
    {
        File.Delete(Path.Combine(_clone, "README.md"));
        File.Delete(Path.Combine(_clone, "LICENSE"));
        File.WriteAllBytes(Git("index"), new byte[32]);
        (_marker with { Contents = CloneContents.Of(_clone) }).Write(StoreLayout.Marker(_clone));
        Assert.Null(_inspector.Look(Key).Loss);

        (_marker with { Contents = null }).Write(StoreLayout.Marker(_clone));
        Assert.Null(_inspector.Look(Key).Loss);
    }

    public static TheoryData<string, Action<string>> Losses =>
        new()
        {
            { nameof(CloneLoss.FolderMissing), clone => Directory.Delete(clone, recursive: true) },
            { nameof(CloneLoss.GitFolderMissing), clone => Directory.Delete(GitPaths.DirectoryOf(clone), recursive: true) },
            { nameof(CloneLoss.MarkerMissing), clone => File.Delete(StoreLayout.Marker(clone)) },
            { nameof(CloneLoss.MarkerUnreadable), clone => File.WriteAllText(StoreLayout.Marker(clone), "{") },
            { nameof(CloneLoss.MarkerUnreadable), clone => File.WriteAllText(StoreLayout.Marker(clone), """{"uid":null}""") },
            { nameof(CloneLoss.HeadUnreadable), clone => Delete(clone, "HEAD") },
            { nameof(CloneLoss.HeadUnreadable), clone => Write(clone, "HEAD", "") },
            { nameof(CloneLoss.HeadUnreadable), clone => Write(clone, "HEAD", "ref: refs/heads/other\n") },
            { nameof(CloneLoss.RefMissing), clone => Delete(clone, "refs/heads/main") },
            { nameof(CloneLoss.RefMissing), clone => Write(clone, "refs/heads/main", new string('1', 40) + "\n") },
            { nameof(CloneLoss.IndexMissing), clone => Delete(clone, "index") },
            { nameof(CloneLoss.IndexMissing), clone => Write(clone, "index", "") },
            { nameof(CloneLoss.ObjectsMissing), clone => Directory.Delete(GitPaths.PacksIn(GitPaths.DirectoryOf(clone)), recursive: true) },
            { nameof(CloneLoss.WorkingTreeEmpty), clone => Array.ForEach(Directory.GetFiles(clone), File.Delete) },
        };

    [Theory]
    [MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void What_is_missing_is_found_and_named(string loss, Action<string> damage)
    {
        damage(_clone);

        Assert.Equal(loss, _inspector.Look(Key).Loss?.ToString());
    }

    [Theory]
    [MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void What_an_earlier_version_published_is_found_whole_or_lost_as_it_is(string loss, Action<string> damage)
    {
        (_marker with { Contents = null }).Write(StoreLayout.Marker(_clone));
        Assert.Null(_inspector.Look(Key).Loss);

        damage(_clone);

        Assert.Equal(loss, _inspector.Look(Key).Loss?.ToString());
    }

    public static TheoryData<string, Action<string>> LossesByContents =>
        new()
        {
            { nameof(CloneLoss.PackMissing), clone => Delete(clone, "objects/pack/pack-1.pack") },
            { nameof(CloneLoss.PackMissing), clone => Delete(clone, "objects/pack/pack-2.idx") },
            { nameof(CloneLoss.PackDamaged), clone => Write(clone, "objects/pack/pack-1.pack", "cut") },
            { nameof(CloneLoss.PackDamaged), clone => Write(clone, "objects/pack/pack-1.idx", "") },
            { nameof(CloneLoss.ShallowDamaged), clone => Delete(clone, "shallow") },
            { nameof(CloneLoss.ShallowDamaged), clone => Write(clone, "shallow", "") },
            {
                nameof(CloneLoss.IndexDamaged),
                clone => File.WriteAllBytes(GitPaths.IndexIn(GitPaths.DirectoryOf(clone)), IndexOf(100)[..90])
            },
            { nameof(CloneLoss.IndexDamaged), clone => File.WriteAllBytes(GitPaths.IndexIn(GitPaths.DirectoryOf(clone)), new byte[90]) },
            { nameof(CloneLoss.TreeDamaged), clone => File.Delete(Path.Combine(clone, "LICENSE")) },
        };

    [Theory]
    [MemberData(nameof(LossesByContents), DisableDiscoveryEnumeration = true)]
    public void What_is_not_as_it_was_published_is_found_and_named(string loss, Action<string> damage)
    {
        damage(_clone);

        Assert.Equal(loss, _inspector.Look(Key).Loss?.ToString());
    }

    public static TheoryData<string, string, bool> NoFiles =>
        new()
        {
            { "HEAD", nameof(CloneLoss.HeadUnreadable), true },
            { "refs/heads/main", nameof(CloneLoss.RefMissing), true },
            { "index", nameof(CloneLoss.IndexMissing), true },
            { "shallow", nameof(CloneLoss.ShallowDamaged), true },
            { "coderepo.json", nameof(CloneLoss.MarkerUnreadable), true },
            { "objects/pack/pack-1.pack", nameof(CloneLoss.PackDamaged), true },
            { "objects/pack/pack-2.idx", nameof(CloneLoss.PackDamaged), true },
            { "HEAD", nameof(CloneLoss.HeadUnreadable), false },
            { "refs/heads", nameof(CloneLoss.RefMissing), false },
            { "objects/pack", nameof(CloneLoss.ObjectsMissing), false },
            { "objects", nameof(CloneLoss.ObjectsMissing), false },
            { "index", nameof(CloneLoss.IndexMissing), false },
            { "shallow", nameof(CloneLoss.ShallowDamaged), false },
            { "coderepo.json", nameof(CloneLoss.MarkerUnreadable), false },
            { "", nameof(CloneLoss.GitFolderMissing), false },
        };

    [Theory]
    [MemberData(nameof(NoFiles))]
    public void What_is_a_FIFO_or_a_link_makes_nobody_wait_and_leads_nowhere(string path, string loss, bool isFifo)
    {
        var moved = Path.Combine(_root.FullName, "moved");
        Directory.Move(Git(path).TrimEnd('/'), moved);
        if (isFifo)
        {
            Fifo.Make(Git(path));
        }
        else
        {
            File.CreateSymbolicLink(Git(path).TrimEnd('/'), moved);
        }

        Assert.Equal(loss, _inspector.Look(Key).Loss?.ToString());
    }

    [Fact]
    public void Packed_refs_that_are_a_FIFO_make_nobody_wait()
    {
        Delete(_clone, "refs/heads/main");
        Fifo.Make(Git("packed-refs"));

        Assert.Equal(CloneLoss.RefMissing, _inspector.Look(Key).Loss);
    }

    [Theory]
    [InlineData("team")]
    [InlineData("team/hello")]
    public void A_clone_behind_a_link_is_none(string path)
    {
        var (link, moved) = (Path.Combine(_root.FullName, path), Path.Combine(_root.FullName, "moved"));
        Directory.Move(link, moved);
        Directory.CreateSymbolicLink(link, moved);

        Assert.Equal(CloneLoss.FolderMissing, _inspector.Look(Key).Loss);
    }

    /// <summary>Errors, and whether they say that something is not there.</summary>
    [Theory]
    [InlineData("ENOENT", 2, true)]
    [InlineData("ENOTDIR", 20, true)]
    [InlineData("ELOOP", 40, true)]
    [InlineData("EIO", 5, false)]
    [InlineData("ENOMEM", 12, false)]
    [InlineData("EACCES", 13, false)]
    [InlineData("ENFILE", 23, false)]
    [InlineData("EMFILE", 24, false)]
    [InlineData("ESTALE", 116, false)]
    public void Only_errors_that_mean_loss_are_one(string name, int errno, bool isLoss) =>
        Assert.Equal((name, isLoss), (name, NativeFile.IsAbsence(errno)));

    public static TheoryData<string, Action<string>> Changes =>
        new()
        {
            {
                "git status writes the index anew",
                clone => File.WriteAllBytes(GitPaths.IndexIn(GitPaths.DirectoryOf(clone)), IndexOf(200))
            },
            {
                "git status with index.skipHash",
                clone => File.WriteAllBytes(GitPaths.IndexIn(GitPaths.DirectoryOf(clone)), [.. IndexOf(200)[..^20], .. new byte[20]])
            },
            {
                "git pack-refs",
                clone =>
                {
                    Delete(clone, "refs/heads/main");
                    Write(
                        clone,
                        "packed-refs",
                        $"# pack-refs with: peeled\n{new string('1', 40)} refs/heads/x\n{TestClones.Commit} refs/heads/main\n"
                    );
                }
            },
            { "git fetch of another branch", clone => Write(clone, "objects/pack/pack-3.pack", "more") },
            { "a file of somebody's", clone => File.WriteAllText(Path.Combine(clone, "notes"), "") },
        };

    [Theory]
    [MemberData(nameof(Changes), DisableDiscoveryEnumeration = true)]
    public void What_harms_nothing_is_no_loss(string name, Action<string> change)
    {
        change(_clone);

        Assert.True(_inspector.Look(Key).Loss is null, name);
    }

    [Fact]
    public async Task A_clone_that_is_replaced_while_it_is_looked_at_is_no_loss()
    {
        const string Other = "1111111111111111111111111111111111111111";
        var staging = Path.Combine(_root.FullName, "staging");
        foreach (var directory in Directory.GetDirectories(_clone, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(directory.Replace(_clone, staging, StringComparison.Ordinal));
        }

        foreach (var file in Directory.GetFiles(_clone, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, file.Replace(_clone, staging, StringComparison.Ordinal));
        }

        Write(staging, "refs/heads/main", Other);
        (_marker with { Commit = Other }).Write(StoreLayout.Marker(staging));
        var publishing = Task.Run(
            () =>
            {
                for (var i = 0; i < 2000; i++)
                {
                    File.SetLastWriteTimeUtc(StoreLayout.Marker(staging), DateTime.UnixEpoch.AddSeconds(i));
                    Assert.True(FileSystem.TryExchange(staging, _clone));
                }
            },
            TestContext.Current.CancellationToken
        );

        while (!publishing.IsCompleted)
        {
            Assert.Null(_inspector.Look(Key).Loss);
        }

        await publishing;
    }

    [Fact]
    public void Damage_that_was_found_deeper_counts_until_the_clone_is_replaced()
    {
        _damage.Add(_inspector.Look(Key).Published!, CloneLoss.PackDamaged, "pack-1: not its checksum");
        Assert.Equal(CloneLoss.PackDamaged, _inspector.Look(Key).Loss);

        _marker.Write(StoreLayout.Marker(_clone));
        File.SetLastWriteTimeUtc(StoreLayout.Marker(_clone), DateTime.UnixEpoch);
        Assert.Null(_inspector.Look(Key).Loss);
    }

    private string Git(string path) => Path.Combine(GitPaths.DirectoryOf(_clone), path);

    private static void Delete(string clone, string path) => File.Delete(Path.Combine(GitPaths.DirectoryOf(clone), path));

    private static void Write(string clone, string path, string text) =>
        File.WriteAllText(Path.Combine(GitPaths.DirectoryOf(clone), path), text);

    private static byte[] IndexOf(int size)
    {
        byte[] content = [.. "DIRC"u8, .. new byte[size - 24]];
#pragma warning disable CA5350 // Git's own format.
        return [.. content, .. System.Security.Cryptography.SHA1.HashData(content)];
#pragma warning restore CA5350
    }
}

using CodeRepoOperator.Cloning.Publishing;
using CodeRepoOperator.Runtime;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

public sealed class CloneInspectorTests : IDisposable
{
    private static readonly EntityKey Key = new("team", "hello");

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("coderepo-inspector-");
    private readonly CloneInspector _inspector;
    private readonly string _clone;

    public CloneInspectorTests()
    {
        var layout = new StoreLayout(Options.Create(new StoreOptions { Root = _root.FullName }));
        _inspector = new CloneInspector(layout);
        _clone = layout.Clone(Key);
        Directory.CreateDirectory(Git("objects/pack"));
        File.WriteAllText(Path.Combine(_clone, "README.md"), "hello");
        File.WriteAllText(Git("HEAD"), "ref: refs/heads/main\n");
        File.WriteAllBytes(Git("index"), new byte[100]);
        File.WriteAllText(Git("objects/pack/pack-1.pack"), "");
        TestClones.Published().Marker.Write(StoreLayout.Marker(_clone));
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void A_whole_clone_is_found_with_its_marker()
        => Assert.Equal(TestClones.Published().Marker, _inspector.Look(Key).Published?.Marker);

    [Fact]
    public void A_clone_of_a_commit_without_files_needs_none()
    {
        File.Delete(Path.Combine(_clone, "README.md"));
        File.WriteAllBytes(Git("index"), new byte[32]);

        Assert.Null(_inspector.Look(Key).Loss);
    }

    public static TheoryData<string, Action<string>> Losses => new()
    {
        { nameof(CloneLoss.FolderMissing), clone => Directory.Delete(clone, recursive: true) },
        { nameof(CloneLoss.GitFolderMissing), clone => Directory.Delete(StoreLayout.GitFolder(clone), recursive: true) },
        { nameof(CloneLoss.MarkerMissing), clone => File.Delete(StoreLayout.Marker(clone)) },
        { nameof(CloneLoss.MarkerUnreadable), clone => File.WriteAllText(StoreLayout.Marker(clone), "{") },
        { nameof(CloneLoss.MarkerUnreadable), clone => File.WriteAllText(StoreLayout.Marker(clone), """{"uid":null}""") },
        { nameof(CloneLoss.HeadUnreadable), clone => File.Delete(Path.Combine(clone, ".git/HEAD")) },
        { nameof(CloneLoss.HeadUnreadable), clone => File.WriteAllText(Path.Combine(clone, ".git/HEAD"), "ref: refs/heads/other\n") },
        { nameof(CloneLoss.IndexMissing), clone => File.Delete(Path.Combine(clone, ".git/index")) },
        { nameof(CloneLoss.IndexMissing), clone => File.WriteAllText(Path.Combine(clone, ".git/index"), "") },
        { nameof(CloneLoss.ObjectsMissing), clone => File.Delete(Path.Combine(clone, ".git/objects/pack/pack-1.pack")) },
        { nameof(CloneLoss.WorkingTreeEmpty), clone => File.Delete(Path.Combine(clone, "README.md")) },
    };

    [Theory]
    [MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void What_is_missing_is_found_and_named(string loss, Action<string> damage)
    {
        damage(_clone);

        Assert.Equal(loss, _inspector.Look(Key).Loss?.ToString());
    }

    private string Git(string path) => Path.Combine(StoreLayout.GitFolder(_clone), path);
}

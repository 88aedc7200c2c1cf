using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Ensuring;

public sealed class MountedCloneTests : IDisposable
{
    private const string Marker = """{"uid": "1", "url": "https://git.example.com/hello", "branch": "main", "commit": "0123"}""";

    private readonly DirectoryInfo _store = Directory.CreateTempSubdirectory("coderepo-mounted-");

    public void Dispose() => _store.Delete(recursive: true);

    public static TheoryData<string, string, string?, bool> Places => new()
    {
        { "all of the volume is mounted", "team/hello", Marker, true },
        { "the namespace's folder is mounted", "hello", Marker, true },
        { "another namespace's", "other/hello", Marker, false },
        { "another one", "team/hello2", Marker, false },
        { "the marker is not written yet", "team/hello", null, false },
        { "the marker is cut short", "team/hello", Marker[..6], false },
        { "the marker is none", "team/hello", """["uid"]""", false },
        { "the marker is empty", "team/hello", "", false },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_clone_is_there_when_its_marker_is(string name, string folder, string? marker, bool isThere)
    {
        var clone = Path.Combine(_store.FullName, folder);
        Directory.CreateDirectory(Path.Combine(clone, ".git"));
        if (marker is not null)
        {
            File.WriteAllText(Path.Combine(clone, ".git/coderepo.json"), marker);
        }

        Assert.True(EnsureArguments.TryRead(["team/hello", "--store", _store.FullName], _ => null, out var wanted, out _));
        Assert.True((isThere ? clone : null) == MountedClone.Find(wanted), name);
    }

    [Fact]
    public void What_is_no_file_is_no_marker_and_nobody_waits_for_it()
    {
        foreach (var (name, make) in new (string, Action<string>)[] { ("fifo", Fifo.Make), ("folder", path => Directory.CreateDirectory(path)) })
        {
            Directory.CreateDirectory(Path.Combine(_store.FullName, "team", name, ".git"));
            make(Path.Combine(_store.FullName, "team", name, ".git/coderepo.json"));

            Assert.True(EnsureArguments.TryRead([$"team/{name}", "--store", _store.FullName], _ => null, out var wanted, out _));
            Assert.Null(MountedClone.Find(wanted));
        }
    }
}

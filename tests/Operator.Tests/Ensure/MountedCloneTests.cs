using System.Text.Json;

namespace CodeRepoOperator.Ensure;

public sealed class MountedCloneTests : IDisposable
{
    private const string Marker = """{"uid": "1", "url": "https://git.example.com/hello", "branch": "main", "commit": "0123"}""";

    private readonly DirectoryInfo _store = Directory.CreateTempSubdirectory("coderepo-mounted-");

    public void Dispose() => _store.Delete(recursive: true);

    public static TheoryData<string, string, string?, bool> Places =>
        new()
        {
            { "all of the volume is mounted", "team/hello", Marker, true },
            { "the namespace's directory is mounted", "hello", Marker, true },
            { "another namespace's", "other/hello", Marker, false },
            { "another one", "team/hello2", Marker, false },
            { "the marker is not written yet", "team/hello", null, false },
            { "the marker is cut short", "team/hello", Marker[..6], false },
            { "the marker is none", "team/hello", """["uid"]""", false },
            { "the marker is empty", "team/hello", "", false },
        };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_clone_is_there_when_its_marker_is(string name, string directory, string? marker, bool isThere)
    {
        var clone = Path.Combine(_store.FullName, directory);
        Directory.CreateDirectory(Path.Combine(clone, ".git"));
        if (marker is not null)
        {
            File.WriteAllText(Path.Combine(clone, ".git/coderepo.json"), marker);
        }

        Assert.True(EnsureArguments.TryRead(["team/hello", "--store", _store.FullName], _ => null, out var wanted, out _));
        Assert.True((isThere ? clone : null) == MountedClone.Find(wanted)?.Directory, name);
    }

    public static TheoryData<string, string?, string?, string[]> Asked =>
        new()
        {
            { "nothing more", null, null, [] },
            { "its branch", null, null, ["--branch", "main"] },
            { "another branch", null, "is of the branch main, not two", ["--branch", "two"] },
            { "its depth", null, null, ["--depth", "10"] },
            { "less of the history", null, "has the depth 10, not 1", ["--depth", "1"] },
            { "all of the history", null, "has the depth 10, not 0", ["--depth", "0"] },
            { "its URL", null, null, ["--url", "https://git.example.com/hello", "--uid", "1"] },
            { "its URL, spelled otherwise", null, null, ["--url", "HTTPS://git.example.com/hello.git/", "--uid", "1"] },
            { "another URL", null, "is of another URL than --url", ["--url", "https://git.example.com/other", "--uid", "1"] },
            { "the branch of the spec", "main", null, ["--branch", "main"] },
            { "the branch that was checked out, of another spec", "other", "is of the branch other, not main", ["--branch", "main"] },
            { "all that it is", "main", null, ["--url", "https://git.example.com/hello", "--uid", "1", "--branch=main", "--depth=10"] },
        };

    [Theory]
    [MemberData(nameof(Asked))]
    public void A_clone_of_something_else_is_reported_from_what_was_asked_for(
        string name,
        string? wantedBranch,
        string? difference,
        string[] options
    )
    {
        Directory.CreateDirectory(Path.Combine(_store.FullName, "team/hello/.git"));
        File.WriteAllText(
            Path.Combine(_store.FullName, "team/hello/.git/coderepo.json"),
            JsonSerializer.Serialize(
                new
                {
                    uid = "1",
                    url = "https://git.example.com/hello",
                    wantedBranch,
                    branch = "main",
                    commit = "0123",
                    depth = 10,
                    contents = new { depth = 7 },
                }
            )
        );
        Assert.True(EnsureArguments.TryRead(["team/hello", "--store", _store.FullName, .. options], _ => null, out var wanted, out _));

        var clone = MountedClone.Find(wanted)!;

        Assert.Equal((name, difference), (name, clone.Difference(wanted)));
        Assert.Equal("0123", clone.Commit);
    }

    [Fact]
    public void The_clone_of_another_CodeRepo_is_none()
    {
        Directory.CreateDirectory(Path.Combine(_store.FullName, "team/hello/.git"));
        File.WriteAllText(Path.Combine(_store.FullName, "team/hello/.git/coderepo.json"), Marker);
        Assert.True(
            EnsureArguments.TryRead(
                ["team/hello", "--store", _store.FullName, "--uid", "2", "--url", "https://git.example.com/hello"],
                _ => null,
                out var wanted,
                out _
            )
        );
        Assert.Null(MountedClone.Find(wanted));
    }

    [Fact]
    public void What_is_no_file_is_no_marker_and_nobody_waits_for_it()
    {
        foreach (
            var (name, make) in new (string, Action<string>)[]
            {
                ("fifo", Fifo.Make),
                ("directory", path => Directory.CreateDirectory(path)),
            }
        )
        {
            Directory.CreateDirectory(Path.Combine(_store.FullName, "team", name, ".git"));
            make(Path.Combine(_store.FullName, "team", name, ".git/coderepo.json"));

            Assert.True(EnsureArguments.TryRead([$"team/{name}", "--store", _store.FullName], _ => null, out var wanted, out _));
            Assert.Null(MountedClone.Find(wanted));
        }
    }
}

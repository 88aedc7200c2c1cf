using System.Text.Json.Nodes;

namespace CodeRepoOperator.Cloning.Store;

public sealed class MarkerFileTests : IDisposable
{
    /// <summary>As all versions write it: other versions, and programs of users, read it.</summary>
    private const string Whole = """
        {"uid":"uid","url":"https://git.example.com/team/hello.git","wantedBranch":"main","branch":"main",
        "commit":"0123456789abcdef0123456789abcdef01234567","depth":1,"clonedAt":"2026-01-02T03:04:05+00:00",
        "contents":{"packs":{"pack-1.idx":1096,"pack-1.pack":220},"indexSize":145,"shallowSize":41,"topLevel":2},
        "omitted":{"submodules":{"count":1,"first":["lib"]},"lfsFiles":{"count":0,"first":[]},"unencodedFiles":null},
        "committedAt":1767323045,"namespace":"team","size":{"bytes":4096,"files":32,"sharedBytes":0,"sharedFiles":0},"access":"Secret",
        "wantedRef":null,"ref":null,"submodules":{"asked":{"required":false,"depth":4,"max":200},
        "fetched":[{"path":"vendor/a","modules":"modules/a","url":"https://git.example.com/team/a.git",
        "commit":"0123456789abcdef0123456789abcdef01234567"}],"mayComeLater":true},
        "lfs":{"asked":{"required":false,"maxBytes":1000},"files":2,"bytes":34,"digest":"0123456789abcdef","mayComeLater":false},
        "sparse":{"asked":{"paths":["docs/api","src"]},"absent":{"count":1,"first":["src"]}}}
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("marker-");

    private string Path => System.IO.Path.Combine(_directory.FullName, "marker.json");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void What_is_written_is_byte_for_byte_what_was_read()
    {
        var written = Whole.ReplaceLineEndings("");
        File.WriteAllText(Path, written);

        MarkerFile.Read(Path)!.Write(Path);

        Assert.Equal(written, File.ReadAllText(Path));
    }

    [Fact]
    public void What_an_earlier_version_did_not_note_is_null()
    {
        var marker = JsonNode.Parse(Whole)!.AsObject();
        string[] later =
        [
            "contents",
            "omitted",
            "committedAt",
            "namespace",
            "size",
            "access",
            "wantedRef",
            "ref",
            "submodules",
            "lfs",
            "sparse",
        ];
        Array.ForEach(later, name => marker.Remove(name));
        File.WriteAllText(Path, marker.ToJsonString());

        MarkerFile.Read(Path)!.Write(Path);

        Array.ForEach(later, name => marker[name] = null);
        Assert.True(JsonNode.DeepEquals(marker, JsonNode.Parse(File.ReadAllText(Path))));
    }

    [Theory]
    [InlineData("uid", true)]
    [InlineData("url", true)]
    [InlineData("wantedBranch", false)]
    [InlineData("branch", false)]
    [InlineData("commit", true)]
    [InlineData("depth", true)]
    [InlineData("clonedAt", true)]
    public void What_lacks_a_part_of_the_first_version_is_no_marker(string name, bool mustHaveValue)
    {
        var marker = JsonNode.Parse(Whole)!.AsObject();
        if (!mustHaveValue)
        {
            // A detached HEAD: no branch is wanted then.
            (marker["branch"], marker["wantedBranch"]) = (null, null);
        }

        marker[name] = null;
        File.WriteAllText(Path, marker.ToJsonString());
        Assert.Equal(mustHaveValue, MarkerFile.Read(Path) is null);

        marker.Remove(name);
        File.WriteAllText(Path, marker.ToJsonString());
        Assert.Null(MarkerFile.Read(Path));
    }
}

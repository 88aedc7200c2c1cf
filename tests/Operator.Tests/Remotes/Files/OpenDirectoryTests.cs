using System.Text;

namespace CodeRepoOperator.Remotes.Files;

public sealed class OpenDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("coderepo-open-");
    private readonly string _tree;

    public OpenDirectoryTests()
    {
        _tree = Path.Combine(_root.FullName, "tree");
        Directory.CreateDirectory(Path.Combine(_tree, "a/b"));
        File.WriteAllText(Path.Combine(_root.FullName, "secret"), "secret");
        File.WriteAllText(Path.Combine(_tree, "a/b/file"), "content");
        File.CreateSymbolicLink(Path.Combine(_tree, "link"), "../secret");
        Directory.CreateSymbolicLink(Path.Combine(_tree, "directory-link"), "a");
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("a/b", "file", true)]
    [InlineData("a/b", "nothing", false)]
    [InlineData("a", "b", false)]
    [InlineData("", "link", false)]
    [InlineData("directory-link/b", "file", false)]
    [InlineData("directory-link", "b", false)]
    [InlineData("..", "secret", false)]
    [InlineData("a/..", "a", false)]
    [InlineData("", "../secret", false)]
    [InlineData("", "a/b/file", false)]
    [InlineData("/tmp", "x", false)]
    [InlineData("a/b/file", "x", false)]
    public void Files_are_found_below_it_and_nowhere_else(string directory, string file, bool found)
    {
        using var tree = OpenDirectory.Open(_tree)!;
        using var opened = tree.Find(Encoding.UTF8.GetBytes(directory));
        using var handle = opened?.OpenFile(Encoding.UTF8.GetBytes(file), out _);
        Assert.Equal(found, handle is not null);
    }

    [Fact]
    public void It_stays_the_same_directory_when_another_takes_its_place()
    {
        using var tree = OpenDirectory.Open(_tree)!;
        Directory.Move(_tree, _tree + ".old");
        Directory.CreateDirectory(Path.Combine(_tree, "a"));
        using var opened = tree.Find("a/b"u8);
        using var handle = opened?.OpenFile("file"u8, out _);
        Assert.NotNull(handle);
    }

    [Fact]
    public void A_link_is_read_and_not_followed()
    {
        using var tree = OpenDirectory.Open(_tree)!;
        Assert.Equal("../secret", Encoding.UTF8.GetString(tree.ReadLink("link"u8, 100)!));
        Assert.Null(tree.ReadLink("a"u8, 100));
    }

    [Theory]
    [InlineData("tree/link")]
    [InlineData("tree/directory-link")]
    [InlineData("secret")]
    [InlineData("nothing")]
    public void What_is_no_directory_is_not_opened(string path) => Assert.Null(OpenDirectory.Open(Path.Combine(_root.FullName, path)));
}

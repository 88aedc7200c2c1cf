using System.Text;

namespace CodeRepoOperator.Api.Archives;

public sealed class ArchivePathTests
{
    [Theory]
    [InlineData(null, "README.md", true)]
    [InlineData("", "src/a.txt", true)]
    [InlineData("src", "src/a.txt", true)]
    [InlineData("src/", "src/a.txt", true)]
    [InlineData("src", "src", true)]
    [InlineData("src", "src.txt", false)]
    [InlineData("src", "srcs/a.txt", false)]
    [InlineData("src/a", "src/a/b/c", true)]
    [InlineData("src/a", "src", false)]
    [InlineData("a..b/...", "a..b/.../x", true)]
    [InlineData("ä/💡", "ä/💡", true)]
    public void It_has_what_lies_below_it(string? path, string file, bool has) =>
        Assert.Equal(has, ArchivePath.Parse(path)!.Has(Encoding.UTF8.GetBytes(file)));

    [Theory]
    [InlineData("/")]
    [InlineData("/etc")]
    [InlineData("..")]
    [InlineData("src/../../etc")]
    [InlineData("./src")]
    [InlineData("src//a")]
    [InlineData("src//")]
    [InlineData(".git")]
    [InlineData(".GIT/config")]
    [InlineData("src/.git/config")]
    [InlineData("src\0")]
    [InlineData("src\n")]
    public void What_is_no_path_in_a_repository_is_refused(string path) => Assert.Null(ArchivePath.Parse(path));

    [Fact]
    public void A_path_that_no_clone_can_have_is_refused() => Assert.Null(ArchivePath.Parse(new string('a', 4097)));
}

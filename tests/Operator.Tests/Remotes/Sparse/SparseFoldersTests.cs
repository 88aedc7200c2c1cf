using System.Text;

namespace CodeRepoOperator.Remotes.Sparse;

public sealed class SparseFoldersTests
{
    [Theory]
    [InlineData("src", true)]
    [InlineData("src/", true)]
    [InlineData("docs/api", true)]
    [InlineData("-x/#a/we ird/!b", true)]
    [InlineData(".github/.gitignore", true)]
    [InlineData("ö/中/\U0001F600", true)]
    [InlineData("", false)]
    [InlineData("/", false)]
    [InlineData("/src", false)]
    [InlineData("src//", false)]
    [InlineData("src//a", false)]
    [InlineData("./src", false)]
    [InlineData("src/..", false)]
    [InlineData("src/.GIT/x", false)]
    [InlineData("!src", false)]
    [InlineData(" src", false)]
    [InlineData("src /", false)]
    [InlineData("a*b", false)]
    [InlineData("a?b", false)]
    [InlineData("a[b", false)]
    [InlineData("a]b", false)]
    [InlineData(@"a\b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u2028b", false)]
    public void A_path_is_one_that_git_takes_for_a_folder(string path, bool expected) => Assert.Equal(expected, SparseFolders.IsPath(path));

    [Fact]
    public void A_path_may_be_as_long_as_the_CRD_has_it()
    {
        Assert.True(SparseFolders.IsPath(string.Concat(Enumerable.Repeat("\U0001F600", SparseFolders.LongestPath))));
        Assert.False(SparseFolders.IsPath(new string('a', SparseFolders.LongestPath + 1)));
    }

    [Fact]
    public void Folders_have_one_form_whatever_was_written()
    {
        var folders = SparseFolders.Of(["src/a", "src-a", "docs/api/", "src", "src/b/c", "docs/api"]);

        Assert.Equal(["docs/api", "src", "src-a"], folders.Paths);
        Assert.Equal("docs/api, src, src-a", folders.ToString());
        Assert.Equal(folders, SparseFolders.Of(folders.Paths.Reverse()));
        Assert.Equal(folders.GetHashCode(), SparseFolders.Of(folders.Paths.Reverse()).GetHashCode());
        Assert.NotEqual(folders, SparseFolders.Of(["docs/api", "src"]));
    }

    [Fact]
    public void Git_keeps_them_as_folders_above_and_folders_themselves()
    {
        var text = SparseFolders.Of(["src", "docs/api/x", "docs/b"]).Text;

        Assert.Equal("/*\n!/*/\n/docs/\n!/docs/*/\n/docs/api/\n!/docs/api/*/\n/docs/api/x/\n/docs/b/\n/src/\n", text);
    }

    [Fact]
    public void What_nobody_could_have_made_is_not_possible()
    {
        Assert.True(SparseFolders.Of(["src", "docs"]).IsPossible);
        Assert.False(new SparseFolders([]).IsPossible);
        Assert.False(new SparseFolders(["src", "docs"]).IsPossible);
        Assert.False(new SparseFolders(["src", "src/a"]).IsPossible);
        Assert.False(new SparseFolders(["src/"]).IsPossible);
        Assert.False(new SparseFolders(["../x"]).IsPossible);
        Assert.False(new SparseFolders([null!]).IsPossible);
        Assert.False(SparseFolders.Of(Enumerable.Range(0, SparseFolders.Most + 1).Select(i => $"{i:000}")).IsPossible);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("src", true)]
    [InlineData("src/a/b", true)]
    [InlineData("docs", true)]
    [InlineData("docs/api", true)]
    [InlineData("docs/api/x", true)]
    [InlineData("docs/apis", false)]
    [InlineData("docs/guide", false)]
    [InlineData("doc", false)]
    [InlineData("srcs", false)]
    [InlineData("sr", false)]
    [InlineData("other", false)]
    public void A_directory_has_files_where_it_is_named_below_or_above(string directory, bool expected) =>
        Assert.Equal(expected, new SparseCone(SparseFolders.Of(["src", "docs/api"])).HasFilesOf(Encoding.UTF8.GetBytes(directory)));
}

using System.Text;

namespace CodeRepoOperator.GitWorker.Lfs;

public sealed class LfsConfigTests
{
    [Theory]
    [InlineData("[lfs]\n\turl = https://lfs.example.com/a\n", "https://lfs.example.com/a")]
    [InlineData("[LFS]\nURL=https://a\n[lfs]\nurl=https://b\n", "https://b")]
    [InlineData("[remote \"origin\"]\nlfsurl = https://r\n", "https://r")]
    [InlineData("[remote \"origin\"]\nlfsurl = https://r\n[lfs]\nurl = https://a\n", "https://a")]
    [InlineData("[remote \"other\"]\nlfsurl = https://r\n", null)]
    [InlineData("[lfs \"https://a\"]\nurl = https://b\naccess = basic\n", null)]
    [InlineData("[lfs]\nurl =\npushurl = https://p\nfetchexclude = *\n", null)]
    [InlineData("", null)]
    public void The_server_is_what_git_lfs_would_ask(string content, string? url) =>
        Assert.Equal(url, LfsConfig.UrlIn(Encoding.UTF8.GetBytes(content)));

    [Fact]
    public void What_git_can_not_read_is_no_configuration() =>
        Assert.Throws<InvalidDataException>(() => LfsConfig.UrlIn(Encoding.UTF8.GetBytes("[lfs\nurl = x")));
}

using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout;

public sealed class LfsPointerTests
{
    private const string Version = "version https://git-lfs.github.com/spec/v1\n";
    private static readonly string Oid = new('a', 64);

    [Theory]
    [InlineData("oid sha256:{0}\nsize 12345\n", 12345)]
    [InlineData("oid sha256:{0}\nsize 0\n", 0)]
    [InlineData("oid sha256:{0}\nsize 7", 7)]
    [InlineData("oid sha256:{0}\r\nsize 7\r\n", 7)]
    [InlineData("size 7\noid sha256:{0}\n", 7)]
    public void What_git_lfs_writes_is_read(string lines, long size)
    {
        var text = Version + lines.Replace("{0}", Oid, StringComparison.Ordinal);
        Assert.True(LfsPointer.TryParse(Encoding.UTF8.GetBytes(text), out var pointer));
        Assert.Equal(new LfsPointer(Oid, size), pointer);
        Assert.True(
            LfsPointer.TryParse(Encoding.UTF8.GetBytes(text.Replace("git-lfs.github", "hawser.github", StringComparison.Ordinal)), out _)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("size 7\n")]
    [InlineData("oid sha256:{0}\n")]
    [InlineData("oid sha256:{0}\nsize -1\n")]
    [InlineData("oid sha256:{0}\nsize 7 \n")]
    [InlineData("oid sha256:{0}\nsize 99999999999999999999\n")]
    [InlineData("oid sha256:{0}\noid sha256:{0}\nsize 7\n")]
    [InlineData("oid sha256:{0}0\nsize 7\n")]
    [InlineData("oid sha256:../../../../etc/passwd\nsize 7\n")]
    [InlineData("oid md5:{0}\nsize 7\n")]
    [InlineData("ext-0-foo sha256:{0}\noid sha256:{0}\nsize 7\n")]
    public void What_can_not_be_fetched_is_none_and_looks_like_one(string lines)
    {
        var text = Encoding.UTF8.GetBytes(Version + lines.Replace("{0}", Oid, StringComparison.Ordinal));
        Assert.False(LfsPointer.TryParse(text, out var pointer));
        Assert.Null(pointer);
        Assert.True(LfsPointer.Is(text));
    }

    [Fact]
    public void Other_files_are_none()
    {
        var pointer = Version + $"oid sha256:{Oid}\nsize 7\n";
        Assert.False(LfsPointer.Is(Encoding.UTF8.GetBytes(" " + pointer)));
        Assert.False(LfsPointer.Is(Encoding.UTF8.GetBytes(pointer + new string('x', LfsPointer.MaximumLength))));
        Assert.False(LfsPointer.TryParse("oid sha256:"u8, out _));
    }
}

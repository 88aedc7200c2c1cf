using System.Text;

namespace CodeRepoOperator.GitWorker.Checking;

public sealed class LineEndsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("one\ntwo\n", "one\ntwo\n")]
    [InlineData("one\ntwo\n", "one\r\ntwo\r\n")]
    [InlineData("one\ntwo\r\n", "one\r\ntwo\n")]
    [InlineData("one\r\r\n", "one\r\n", false)]
    [InlineData("one\r", "one\r")]
    [InlineData("one\r", "one", false)]
    [InlineData("one\r", "one\n", false)]
    [InlineData("one\n", "one", false)]
    [InlineData("one\n", "onE\r\n", false)]
    [InlineData("\r\n\r\n", "\n\n")]
    [InlineData("\n", "\n\n", false)]
    [InlineData("\r\rx", "\r\rx")]
    [InlineData("\r\rx", "\rx", false)]
    public void CR_LF_is_as_good_as_LF_and_nothing_else_is(string one, string other, bool equal = true)
    {
        Assert.Equal(equal, LineEnds.AreAllThatDiffers(Bytes(one), Bytes(other)));
        Assert.Equal(equal, LineEnds.AreAllThatDiffers(Bytes(other), Bytes(one)));
    }

    private static MemoryStream Bytes(string text) => new(Encoding.ASCII.GetBytes(text));
}

using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;

namespace CodeRepoOperator.Remotes;

public sealed class PktLineTests
{
    [Fact]
    public async Task What_is_written_is_read()
    {
        using var stream = new MemoryStream(new PktLineWriter().Line("one").Delimiter().Line("").Flush().ToArray());
        var reader = new PktLineReader(stream, 100);
        var kinds = new List<string>();
        for (var line = await Next(reader); line.Kind != PktKind.End; line = await Next(reader))
        {
            kinds.Add($"{line.Kind}:{line.Text}");
        }

        Assert.Equal(["Data:one", "Delimiter:", "Data:", "Flush:"], kinds);
    }

    [Fact]
    public async Task Many_long_lines_are_read_piece_by_piece()
    {
        var writer = new PktLineWriter();
        for (var i = 0; i < 20; i++)
        {
            writer.Line(new string((char)('a' + i), 65515));
        }

        using var stream = new MemoryStream(writer.ToArray());
        var reader = new PktLineReader(stream, long.MaxValue);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(new string((char)('a' + i), 65515), (await Next(reader)).Text);
        }
    }

    [Theory]
    [InlineData("no hexadecimal digits", "zzzz")]
    [InlineData("a sign", "-001")]
    [InlineData("the length 3", "0003")]
    [InlineData("longer than a line may be", "fff1")]
    [InlineData("cut in the length", "00")]
    [InlineData("cut in the payload", "0010abc")]
    [InlineData(
        "more than the limit",
        "000aabcdef000aabcdef000aabcdef000aabcdef000aabcdef000aabcdef000aabcdef000aabcdef000aabcdef000aabcdef000aabcdef"
    )]
    public async Task Anything_else_is_a_failed_transfer(string name, string bytes)
    {
        Assert.NotEmpty(name);
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes(bytes));
        var failure = await Assert.ThrowsAsync<RemoteFailureException>(() => Next(new PktLineReader(stream, 100)));
        Assert.Equal(Reasons.TransferFailed, failure.Failure.Reason);
    }

    private static Task<PktLine> Next(PktLineReader reader) => reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
}

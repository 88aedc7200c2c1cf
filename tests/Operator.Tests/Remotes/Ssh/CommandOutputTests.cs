namespace CodeRepoOperator.Remotes.Ssh;

public sealed class CommandOutputTests
{
    private const int Piece = 32 * 1024;
    private const int Pieces = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_writes_waits_for_who_reads()
    {
        await using var output = new CommandOutput();
        var written = 0;
        var writing = Task.Run(
            () =>
            {
                for (; written < Pieces; written++)
                {
                    output.Write(new byte[Piece]);
                }

                output.Dispose();
            },
            Token
        );

        // Far less than all fits, however long nobody reads.
        var buffer = new byte[Piece];
        var read = 0L;
        for (var count = await output.Reader.ReadAsync(buffer, Token); count > 0; count = await output.Reader.ReadAsync(buffer, Token))
        {
            read += count;
            Assert.InRange(((long)Volatile.Read(ref written) * Piece) - read, long.MinValue, 2 << 20);
        }

        await writing;
        Assert.Equal((long)Pieces * Piece, read);
        Assert.True(output.HasEnded);
    }

    [Fact]
    public async Task Who_waits_goes_on_when_nobody_reads_any_more()
    {
        await using var output = new CommandOutput();
        var writing = Task.Run(
            () =>
            {
                for (var i = 0; i < Pieces; i++)
                {
                    output.Write(new byte[Piece]);
                }
            },
            Token
        );

        output.Abandon();

        await writing.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public void Of_what_a_command_complains_the_beginning_is_kept()
    {
        using var errors = new CommandErrors(() => { });
        errors.Write("fatal: "u8);
        for (var i = 0; i < Pieces; i++)
        {
            errors.Write(new byte[Piece]);
        }

        Assert.StartsWith("fatal: ", errors.Text(), StringComparison.Ordinal);
        Assert.Equal(4096, errors.Text().Length);
    }
}

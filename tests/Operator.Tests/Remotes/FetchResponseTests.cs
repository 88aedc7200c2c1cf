using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes;

public sealed class FetchResponseTests
{
    [Fact]
    public async Task A_sign_of_life_before_and_within_a_pack_is_no_piece_of_it()
    {
        // As git sends it each 5 s while it works on a pack: the band of packs, and nothing in it.
        const string SignOfLife = "0005\u0001";
        using var stream = new MemoryStream(
            Encoding.Latin1.GetBytes($"000dpackfile\n{SignOfLife}0009\u0001PACK{SignOfLife}0008\u0001end0000")
        );
        var response = new FetchResponse(new PktLineReader(stream, 1000));
        var pieces = new List<string>();

        await response.ReadHeadAsync(new ServerCapabilities(2, []), deepened: false, TestContext.Current.CancellationToken);
        await response.ReadPackAsync(piece => pieces.Add(Encoding.Latin1.GetString(piece)), TestContext.Current.CancellationToken);

        Assert.Equal(["PACK", "end"], pieces);
    }

    [Theory]
    [InlineData("0008NAK\n")]
    [InlineData("0031ACK 0123456789012345678901234567890123456789\n")]
    [InlineData(
        "0038ACK 0123456789012345678901234567890123456789 common\n0037ACK 0123456789012345678901234567890123456789 ready\n0031ACK "
            + "0123456789012345678901234567890123456789\n"
    )]
    public async Task Without_a_side_band_all_that_follows_is_the_pack(string acknowledgements)
    {
        var pack = "PACK" + new string('x', 200_000) + "0000";
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(acknowledgements + pack));
        var response = new FetchResponse(new PktLineReader(stream, long.MaxValue));
        var received = new StringBuilder();

        await response.ReadHeadAsync(
            new ServerCapabilities(0, ["multi_ack_detailed"]),
            deepened: false,
            TestContext.Current.CancellationToken
        );
        await response.ReadPackAsync(piece => received.Append(Encoding.Latin1.GetString(piece)), TestContext.Current.CancellationToken);

        Assert.Equal(pack, received.ToString());
    }

    [Theory]
    [InlineData(2, "000dpackfile\n", "0005\u0001", "empty lines")]
    [InlineData(2, "000dpackfile\n", "0006\u0001x0005\u00010005\u0001", "empty lines")]
    [InlineData(2, "000dpackfile\n", "0005\u0002", "bytes of progress")]
    [InlineData(2, "000dpackfile\n", "0004", "git protocol")]
    [InlineData(2, "", "0011shallow-info\n0001", "git protocol")]
    [InlineData(2, "", "0014acknowledgments\n0008NAK\n0001", "git protocol")]
    [InlineData(0, "", "0008NAK\n", "acknowledgements")]
    [InlineData(0, "", "0031ACK 0123456789012345678901234567890123456789\n", "acknowledgements")]
    public async Task What_never_comes_to_a_pack_is_not_read_for_ever(int version, string start, string endless, string hint)
    {
        using var stream = new EndlessStream(start, endless);
        var response = new FetchResponse(new PktLineReader(stream, long.MaxValue));

        var failure = await Assert.ThrowsAsync<RemoteFailureException>(async () =>
        {
            await response.ReadHeadAsync(new ServerCapabilities(version, []), deepened: false, TestContext.Current.CancellationToken);
            await response.ReadPackAsync(_ => { }, TestContext.Current.CancellationToken);
        });

        Assert.Equal(Reasons.TransferFailed, failure.Failure.Reason);
        Assert.Contains(hint, failure.Failure.Message, StringComparison.Ordinal);
        Assert.InRange(stream.Sent, 0, 8 << 20);
    }

    [Theory]
    [InlineData("000eversion 2\n", "0004")]
    [InlineData("000eversion 2\n", "0006a\n")]
    public async Task Capabilities_are_not_read_for_ever(string start, string endless)
    {
        using var stream = new EndlessStream(start, endless);
        var failure = await Assert.ThrowsAsync<RemoteFailureException>(() =>
            Advertisement.ReadAsync(new PktLineReader(stream, long.MaxValue), new Revision.Head(), TestContext.Current.CancellationToken)
        );
        Assert.Contains("of capabilities", failure.Failure.Message, StringComparison.Ordinal);
        Assert.InRange(stream.Sent, 0, 1 << 20);
    }

    [Fact]
    public async Task A_server_may_work_on_a_pack_for_a_day_and_show_each_second_that_it_lives()
    {
        var clock = new SteppingTime();
        using var stream = new MemoryStream(
            Encoding.Latin1.GetBytes("000dpackfile\n" + string.Concat(Enumerable.Repeat("0005\u0001", 86_400)) + "0009\u0001PACK0000")
        );
        var response = new FetchResponse(new PktLineReader(stream, long.MaxValue), clock);
        var received = 0;

        await response.ReadHeadAsync(new ServerCapabilities(2, []), deepened: false, TestContext.Current.CancellationToken);
        await response.ReadPackAsync(piece => received += piece.Length, TestContext.Current.CancellationToken);

        Assert.Equal(4, received);
    }

    /// <summary>Each look at it is a second later.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds++;
    }

    /// <summary>Looks how much memory is in use while the last of it is read.</summary>
    private sealed class EndlessStream(string start, string endless) : MemoryStream
    {
        private readonly byte[] _endless = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(endless, 1000)));
        private byte[] _rest = Encoding.Latin1.GetBytes(start);

        public long Sent { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _rest = _rest.Length == 0 ? _endless : _rest;
            var count = Math.Min(buffer.Length, _rest.Length);
            _rest.AsSpan(0, count).CopyTo(buffer.Span);
            _rest = _rest[count..];
            Sent += count;
            return ValueTask.FromResult(count);
        }
    }
}

namespace CodeRepoOperator.Entities;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("90s", 90_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("1m250ms", 60_250)]
    [InlineData("2562047h", 9_223_369_200_000)]
    [InlineData("0.000000001ms", 0)]
    [InlineData("0.000001ms", 0.0001)]
    public void Durations_read_as_Go_reads_them(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("5")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("5d")]
    [InlineData("00")]
    [InlineData("1e3s")]
    [InlineData("5m\n")]
    [InlineData("2562048h")]
    [InlineData("999999999h999999999h999999999h999999999h999999999h999999999h")]
    public void Anything_else_is_refused(string? text) => Assert.False(GoDuration.TryParse(text, out _));
}

namespace CodeRepoOperator.Runtime.Client;

public sealed class ServiceAccountTokenTests : IDisposable
{
    private readonly WallClock _time = new();
    private readonly string _file = Path.GetTempFileName();
    private readonly ServiceAccountToken _token;

    public ServiceAccountTokenTests() => _token = new ServiceAccountToken(_file, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(0)]
    [InlineData(-24)]
    [InlineData(24)]
    public async Task A_token_that_was_exchanged_is_sent_a_minute_later_wherever_the_wall_clock_was_set(int hours)
    {
        Assert.Equal("Bearer one", await SentAsync("one"));

        _time.Set(TimeSpan.FromHours(hours));
        Assert.Equal("Bearer one", await SentAsync("two"));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Bearer two", await SentAsync("two"));
    }

    private async Task<string> SentAsync(string inFile)
    {
        await File.WriteAllTextAsync(_file, inFile + "\n", Token);
        return (await _token.GetAuthenticationHeaderAsync(Token)).ToString();
    }
}

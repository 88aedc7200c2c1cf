using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Api.Callers;

public sealed class VerdictCacheTests : IDisposable
{
    private static readonly EnsureProblem Denied = new(403, ApiReasons.Forbidden, "no");

    private readonly WallClock _time = new();
    private readonly VerdictCache<int> _cache;

    public VerdictCacheTests() => _cache = new VerdictCache<int>(_time);

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void What_was_said_is_remembered_until_its_time_and_no_longer()
    {
        _cache.Keep(1, Good(60));
        _cache.Keep(2, Bad(10));

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.NotNull(_cache.Find(1)?.Caller);
        Assert.Same(Denied, _cache.Find(2)?.Problem);

        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Null(_cache.Find(2));
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Null(_cache.Find(1));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Setting_the_wall_clock_neither_prolongs_nor_shortens_what_is_remembered(int hours)
    {
        _cache.Keep(1, Good(60));
        _time.Set(TimeSpan.FromHours(hours));

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull(_cache.Find(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_cache.Find(1));
    }

    [Fact]
    public void What_can_not_be_found_out_is_not_remembered()
    {
        _cache.Keep(1, new CallerVerdict(null, Denied, Deadline.Passed));

        Assert.Null(_cache.Find(1));
    }

    [Fact]
    public void Any_number_of_bad_ones_pushes_out_no_good_one()
    {
        _cache.Keep(-1, Good(60));
        for (var key = 0; key < 50_000; key++)
        {
            _cache.Keep(key, Bad(10));
        }

        Assert.NotNull(_cache.Find(-1));
        Assert.InRange(Enumerable.Range(0, 50_000).Count(key => _cache.Find(key) is not null), 1, 20_000);
    }

    private CallerVerdict Good(int seconds) =>
        new(
            new Caller(new() { Username = "a" }, Deadline.In(_time, TimeSpan.MaxValue)),
            null,
            Deadline.In(_time, TimeSpan.FromSeconds(seconds))
        );

    private CallerVerdict Bad(int seconds) => new(null, Denied, Deadline.In(_time, TimeSpan.FromSeconds(seconds)));
}

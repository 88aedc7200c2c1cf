using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Api.Ensure;

public sealed class WaitParameterTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("", 30_000)]
    [InlineData("?other=1", 30_000)]
    [InlineData("?wait=0", 0)]
    [InlineData("?wait=0s", 0)]
    [InlineData("?wait=250ms", 250)]
    [InlineData("?wait=1m30s", 90_000)]
    [InlineData("?wait=5m", 300_000)]
    [InlineData("?wait=", null)]
    [InlineData("?wait=30", null)]
    [InlineData("?wait=-1s", null)]
    [InlineData("?wait=1s&wait=2s", null)]
    [InlineData("?wait=5m1ms", null)]
    [InlineData("?wait=999999999h", null)]
    public void It_is_one_duration_within_the_limit(string query, int? milliseconds)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);

        var problem = WaitParameter.TryRead(request, Longest, out var wait);

        Assert.Equal(milliseconds is null, problem is not null);
        Assert.Equal(milliseconds ?? wait.TotalMilliseconds, wait.TotalMilliseconds);
    }

    [Fact]
    public void Without_it_the_limit_counts_where_it_is_lower()
    {
        Assert.Null(WaitParameter.TryRead(new DefaultHttpContext().Request, TimeSpan.FromSeconds(5), out var wait));
        Assert.Equal(TimeSpan.FromSeconds(5), wait);
    }
}

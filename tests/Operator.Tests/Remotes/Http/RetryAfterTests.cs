using System.Net;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes.Http;

public sealed class RetryAfterTests
{
    [Theory]
    [InlineData("120", 120, "after 120 s")]
    [InlineData("0", 1, "after 1 s")]
    [InlineData("86400", 3600, "after 3600 s")]
    [InlineData("Tue, 24 Nov 2026 10:02:00 GMT", 120, "after 2026-11-24T10:02:00Z")]
    [InlineData("Tue, 24 Nov 2026 09:00:00 GMT", 1, "after 1 s")]
    [InlineData("Wed, 24 Nov 2027 10:00:00 GMT", 3600, "after 3600 s")]
    [InlineData("soon", null, "it is tried again;")]
    [InlineData("-5", null, "it is tried again;")]
    [InlineData("99999999999999999999", null, "it is tried again;")]
    public void What_the_remote_asks_for_is_done_within_bounds(string header, int? seconds, string words)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.TryAddWithoutValidation("Date", "Tue, 24 Nov 2026 10:00:00 GMT");
        response.Headers.TryAddWithoutValidation("Retry-After", header);

        var failure = HttpStatusFailure.Of(response, sent: null)!;

        Assert.Equal(Reasons.Unreachable, failure.Reason);
        Assert.Equal(seconds, failure.RetryAfter?.TotalSeconds);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 1795514460", 60, "after 60 s")]
    [InlineData(403, "x-ratelimit-remaining: 0|x-ratelimit-reset: 1795514390", 1, "after 1 s")]
    [InlineData(403, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 1795600860", 3600, "after 3600 s")]
    [InlineData(403, "X-RateLimit-Remaining: 0", null, "raise spec.interval")]
    [InlineData(403, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: soon", null, "raise spec.interval")]
    [InlineData(403, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 99999999999999999999", null, "raise spec.interval")]
    [InlineData(403, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 99999999999999", null, "raise spec.interval")]
    [InlineData(403, "Retry-After: 30", 30, "after 30 s")]
    [InlineData(403, "Retry-After: 30|X-RateLimit-Remaining: 0|X-RateLimit-Reset: 1795514460", 30, "after 30 s")]
    [InlineData(429, "RateLimit-Remaining: 0|RateLimit-Reset: 1795514520", 120, "after 120 s")]
    [InlineData(429, "RateLimit-Reset: 45", 45, "after 45 s")]
    [InlineData(403, "RateLimit: limit=100, remaining=0, reset=50", 50, "after 50 s")]
    [InlineData(403, "RateLimit: \"burst\";r=7;t=5, \"hourly\";r=0;t=70", 70, "after 70 s")]
    [InlineData(403, "RateLimit: \"hourly\";r=0", null, "raise spec.interval")]
    [InlineData(429, "RateLimit: \"hourly\";r=0;t=99999999999999999999", null, "raise spec.interval")]
    [InlineData(429, "", null, "raise spec.interval")]
    public void Too_many_requests_are_reported_and_tried_again_when_the_remote_says(int status, string headers, int? seconds, string words)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        response.Headers.TryAddWithoutValidation("Date", "Tue, 24 Nov 2026 10:00:00 GMT");
        foreach (var header in headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(header => header.Split(": ")))
        {
            response.Headers.TryAddWithoutValidation(header[0], header[1]);
        }

        var failure = HttpStatusFailure.Of(response, sent: null)!;

        Assert.Equal(Reasons.RateLimited, failure.Reason);
        Assert.False(failure.Terminal);
        Assert.Equal(seconds, failure.RetryAfter?.TotalSeconds);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_may_not_is_not_reported_to_wait()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.Forbidden);
        response.Headers.TryAddWithoutValidation("X-RateLimit-Remaining", "4999");
        response.Headers.TryAddWithoutValidation("X-RateLimit-Reset", "1795514460");
        response.Headers.TryAddWithoutValidation("RateLimit", "\"hourly\";r=4999;t=50, \"reset\"=0");

        var failure = HttpStatusFailure.Of(response, sent: null)!;

        Assert.Equal(Reasons.AuthenticationFailed, failure.Reason);
        Assert.Null(failure.RetryAfter);
    }

    [Fact]
    public void A_date_of_a_remote_without_a_clock_means_nothing()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.TryAddWithoutValidation("Retry-After", "Tue, 24 Nov 2026 10:02:00 GMT");

        Assert.Null(HttpStatusFailure.Of(response, sent: null)?.RetryAfter);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Found)]
    public void What_does_not_get_better_by_waiting_is_not_hurried(HttpStatusCode status)
    {
        using var response = new HttpResponseMessage(status);
        response.Headers.TryAddWithoutValidation("Retry-After", "1");

        Assert.Null(HttpStatusFailure.Of(response, sent: null)?.RetryAfter);
    }
}

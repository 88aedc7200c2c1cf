using System.Globalization;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>When a remote asks to be tried again.</summary>
/// <param name="Wait">How long from its response on, within bounds.</param>
/// <param name="Shown">The same in words, which are the same each time that the remote says the same.</param>
internal sealed record RetryAfter(TimeSpan Wait, string Shown)
{
    /// <summary>A remote that says "at once" all the time is not asked without a pause.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>A remote that says "next year" is back sooner, or was wrong.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>
    /// What a response asks for: in seconds, or as a date, judged by the remote's own clock, or by when its <see cref="RateLimit"/> ends;
    /// null: nothing.
    /// </summary>
    public static RetryAfter? Of(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } seconds } => InSeconds(seconds),
            { Date: { } at } when response.Headers.Date is { } now && at - now > Shortest && at - now < Longest => new RetryAfter(
                at - now,
                $"after {at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}"
            ),
            { Date: { } at } when response.Headers.Date is { } now => InSeconds(at - now),
            null when RateLimit.IsReached(response) && RateLimit.Reset(response) is { } reset => InSeconds(reset),
            _ => null,
        };

    private static RetryAfter InSeconds(TimeSpan asked)
    {
        var wait =
            asked < Shortest ? Shortest
            : asked > Longest ? Longest
            : asked;
        return new RetryAfter(wait, string.Create(CultureInfo.InvariantCulture, $"after {wait.TotalSeconds:0} s"));
    }
}

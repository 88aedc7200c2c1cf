using System.Globalization;

namespace CodeRepoOperator.Cloning.Remotes.Http;

/// <summary>
/// What hosts say of the requests that they still take: <c>X-RateLimit-Remaining</c> and <c>-Reset</c> (GitHub, Gitea: seconds since 1970), or
/// <c>RateLimit-Remaining</c> and <c>-Reset</c> (GitLab: seconds since 1970; draft-ietf-httpapi-ratelimit-headers: seconds from now).
/// </summary>
internal static class RateLimit
{
    private static readonly string[] Prefixes = ["X-RateLimit-", "RateLimit-"];

    /// <summary>More than any host makes one wait, and less than any time since 1970 has been for long.</summary>
    private const long LongestWait = 100_000_000;

    /// <summary>Some three hundred years after 1970: what comes after it is no time.</summary>
    private const long LatestTime = 10_000_000_000;

    /// <summary>Whether a refusal is for too many requests, and not for who asks.</summary>
    public static bool IsReached(HttpResponseMessage response)
        => (int)response.StatusCode == 429 || response.Headers.Contains("Retry-After") || Prefixes.Any(prefix => Number(response, prefix + "Remaining") == 0);

    /// <summary>When requests are taken again, from the response on; null: it does not say.</summary>
    public static TimeSpan? Reset(HttpResponseMessage response) => Prefixes.Select(prefix => Number(response, prefix + "Reset")).FirstOrDefault(number => number is not null) switch
    {
        null => null,
        <= LongestWait and { } wait => TimeSpan.FromSeconds(wait),

        // By the host's own clock, as it said both.
        { } at => response.Headers.Date is { } now ? TimeSpan.FromSeconds(at - now.ToUnixTimeSeconds()) : null,
    };

    private static long? Number(HttpResponseMessage response, string header)
        => response.Headers.TryGetValues(header, out var values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= LatestTime
            ? number
            : null;
}

using System.Globalization;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>
/// What hosts say of the requests that they still take: <c>X-RateLimit-Remaining</c> and <c>-Reset</c> (GitHub, Gitea: seconds since 1970),
/// or <c>RateLimit-Remaining</c> and <c>-Reset</c> (GitLab: seconds since 1970; draft-ietf-httpapi-ratelimit-headers: seconds from now),
/// which later versions of that draft have in one header, <c>RateLimit: remaining=0, reset=50</c>, and then <c>RateLimit:
/// "hourly";r=0;t=50</c>.
/// </summary>
internal static class RateLimit
{
    private static readonly string[] Prefixes = ["X-RateLimit-", "RateLimit-"];

    /// <summary>More than any host makes one wait, and less than any time since 1970 has been for long.</summary>
    private const long LongestWait = 100_000_000;

    /// <summary>Some three hundred years after 1970: what comes after it is no time.</summary>
    private const long LatestTime = 10_000_000_000;

    /// <summary>Whether a refusal is for too many requests, and not for who asks.</summary>
    public static bool IsReached(HttpResponseMessage response) =>
        (int)response.StatusCode == 429
        || response.Headers.Contains("Retry-After")
        || Prefixes.Any(prefix => Number(response, prefix + "Remaining") == 0)
        || UsedUp(response) is not null;

    /// <summary>When requests are taken again, from the response on; null: it does not say.</summary>
    public static TimeSpan? Reset(HttpResponseMessage response) =>
        ResetIn(response) switch
        {
            null => null,
            <= LongestWait and { } wait => TimeSpan.FromSeconds(wait),

            // By the host's own clock, as it said both.
            { } at => response.Headers.Date is { } now ? TimeSpan.FromSeconds(at - now.ToUnixTimeSeconds()) : null,
        };

    private static long? ResetIn(HttpResponseMessage response) =>
        Prefixes.Select(prefix => Number(response, prefix + "Reset")).FirstOrDefault(number => number is not null)
        ?? (UsedUp(response) is { } limit ? Number(limit, "t") ?? Number(limit, "reset") : null);

    /// <summary>The limit of the header for all of them that allows no more requests; null: there is none.</summary>
    private static string[]? UsedUp(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("RateLimit", out var values))
        {
            return null;
        }

        // One whole limit, or a list of them.
        var text = string.Join(',', values);
        return text.Split(',')
            .Prepend(text.Replace(',', ';'))
            .Select(limit => limit.Split(';', StringSplitOptions.TrimEntries))
            .FirstOrDefault(limit => (Number(limit, "r") ?? Number(limit, "remaining")) == 0);
    }

    private static long? Number(string[] limit, string name) =>
        Array.Find(limit, parameter => parameter.StartsWith(name + "=", StringComparison.Ordinal)) is { } found
            ? Number(found[(name.Length + 1)..])
            : null;

    private static long? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) ? Number(values.First()) : null;

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= LatestTime ? number : null;
}

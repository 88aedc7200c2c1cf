using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Api.Ensure;

/// <summary><c>?wait=30s</c>: how long a caller waits for a clone that is not there.</summary>
internal static class WaitParameter
{
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <param name="request">The request.</param>
    /// <param name="longest">The longest wait that is taken.</param>
    /// <param name="wait">How long the caller waits.</param>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public static EnsureProblem? TryRead(HttpRequest request, TimeSpan longest, out TimeSpan wait)
    {
        wait = Default < longest ? Default : longest;
        if (!request.QueryString.HasValue || request.Query["wait"] is not { Count: > 0 } given)
        {
            return null;
        }

        return given.Count == 1 && GoDuration.TryParse(given[0], out wait) && wait <= longest
            ? null
            : EnsureProblem.Invalid(
                $"The parameter wait must be one duration such as 30s or 1m30s, of at most {longest.TotalSeconds:0} s."
            );
    }
}

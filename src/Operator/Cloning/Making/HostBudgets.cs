using System.Threading.RateLimiting;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// How many polls each host still gets, where the administrator set a budget. Spread over the hour: a minute's worth may come at once, and
/// the rest as time goes by, so that in no hour there are more than it allows.
/// </summary>
internal sealed class HostBudgets(IOptions<GitOptions> options) : IDisposable
{
    private const int BurstsInHour = 60;

    /// <summary>How often tokens are added at most: that often the limiter looks.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>It has a limiter for each host that was polled of late, and forgets those that are full again.</summary>
    private readonly PartitionedRateLimiter<(HostBudget Budget, string Host)> _limiter = PartitionedRateLimiter.Create<
        (HostBudget Budget, string Host),
        (HostBudget Budget, string Host)
    >(one => RateLimitPartition.GetTokenBucketLimiter(one, static one => LimitsOf(one.Budget)));

    /// <summary>The budget of a host; null: it has none.</summary>
    public HostBudget? Find(GitUrl url) => options.Value.HostBudgets.FirstOrDefault(budget => HostPattern.Matches(budget.Host, url.Host));

    /// <summary>Takes a poll out of the budget of a host.</summary>
    /// <returns>Whether there was one, or the host has no budget.</returns>
    public bool TryTake(GitUrl url)
    {
        if (Find(url) is not { } budget)
        {
            return true;
        }

        using var lease = _limiter.AttemptAcquire((budget, url.Host));
        return lease.IsAcquired;
    }

    /// <summary>How long one poll of a budget takes on average.</summary>
    public static TimeSpan PaceOf(HostBudget budget) => Hour / budget.RequestsPerHour;

    /// <inheritdoc />
    public void Dispose() => _limiter.Dispose();

    private static TokenBucketRateLimiterOptions LimitsOf(HostBudget budget)
    {
        var burst = Math.Max(1, budget.RequestsPerHour / BurstsInHour);
        var rest = Math.Max(1, budget.RequestsPerHour - burst);
        var each = Math.Max(1, (int)(rest * (ShortestPeriod / Hour)));
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = each,
            ReplenishmentPeriod = Hour * each / rest,
            QueueLimit = 0,
        };
    }
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Scheduling;

/// <summary>
/// The polls that wait because the budget of their host is used up. Each comes again at some time until all that wait could have had their
/// turn, so they neither come together nor are lost.
/// </summary>
internal sealed class PutOffPolls(HostBudgets budgets, Backoff backoff, CloningMetrics metrics, TimeProvider time, ILogger<PutOffPolls> log)
{
    /// <summary>What waits looks again at least this often: by then others may be gone, or the budget may be a larger one.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>How often it is logged that the budget of a host does not suffice.</summary>
    private static readonly TimeSpan LogInterval = TimeSpan.FromHours(1);

    /// <summary>How many hosts are remembered as logged: a pattern may fit many, and users name them.</summary>
    private const int MostLogged = 1000;

    /// <summary>Guards all below, and keeps the gauge in step: workers of many CodeRepos come at once.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (HostBudget Budget, string Host)> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _countOfHost = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _loggedAt = new(StringComparer.Ordinal);

    /// <summary>Puts a poll off.</summary>
    /// <returns>How long.</returns>
    public TimeSpan PutOff(DesiredClone desired)
    {
        var (host, budget) = (desired.Url.Host, budgets.Find(desired.Url));
        if (budget is null)
        {
            return TimeSpan.Zero;
        }

        int waiting;
        lock (_lock)
        {
            RemoveWhileLocked(desired.Uid);
            _waiting[desired.Uid] = (budget, host);
            waiting = _countOfHost[host] = _countOfHost.GetValueOrDefault(host) + 1;
            metrics.PutOff(budget.Host, 1);
            LogWhileLocked(host, budget);
        }

        var pace = HostBudgets.PaceOf(budget);
        var spread = pace * waiting;
        return (pace < LongestWait ? pace : LongestWait) + backoff.Within(spread < LongestWait ? spread : LongestWait);
    }

    /// <summary>Notes that it waits no more.</summary>
    public void Remove(string uid)
    {
        lock (_lock)
        {
            RemoveWhileLocked(uid);
        }
    }

    private void RemoveWhileLocked(string uid)
    {
        if (!_waiting.Remove(uid, out var waited))
        {
            return;
        }

        metrics.PutOff(waited.Budget.Host, -1);
        if (--_countOfHost[waited.Host] == 0)
        {
            _countOfHost.Remove(waited.Host);
        }
    }

    private void LogWhileLocked(string host, HostBudget budget)
    {
        if (_loggedAt.TryGetValue(host, out var at) && time.GetElapsedTime(at) < LogInterval)
        {
            return;
        }

        if (_loggedAt.Count >= MostLogged)
        {
            _loggedAt.Clear();
        }

        _loggedAt[host] = time.GetTimestamp();
        log.BudgetUsedUp(host, budget.RequestsPerHour);
    }
}

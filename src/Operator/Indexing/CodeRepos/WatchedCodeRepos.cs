using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// The CodeRepos of the running operator: their thresholds before each sweep, and what became of their rows after it. One sweep at a
/// time asks.
/// </summary>
internal sealed class WatchedCodeRepos(
    Informer<CodeRepo> informer,
    EntityCache<CodeRepo> cache,
    IndexingReporter reporter,
    IOptions<IndexingOptions> options,
    TimeProvider time,
    ILogger<WatchedCodeRepos> log
) : ICodeRepos
{
    /// <summary>How long a sweep waits for the CodeRepos to be known: at a start, a list takes a moment.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private const string TheWay = "";

    private readonly Dictionary<string, RowOwners> _owners = [];
    private readonly Dictionary<string, int> _failures = [];
    private readonly LoggedFailures<string> _logged = new();

    /// <summary>
    /// Rows that were reset, by the uid of their CodeRepo, until it is reported: neither a write that is refused must lose it, nor a sweep
    /// before this process has the Lease.
    /// </summary>
    private readonly ConcurrentDictionary<string, SweptRow> _unreported = new();

    /// <inheritdoc />
    public async Task<IReadOnlyDictionary<string, TimeSpan>> ThresholdsAsync(
        NpgsqlConnection connection,
        IndexingTarget target,
        TableColumns columns,
        CancellationToken cancellationToken
    )
    {
        _owners.Remove(target.Label);
        if (!CodeRepoRowQuery.IsPossible(target, columns))
        {
            return ReadOnlyDictionary<string, TimeSpan>.Empty;
        }

        await WhenKnownAsync(cancellationToken);
        var desired = cache.Entities.Where(IsKept).Select(repo => DesiredRow.Of(repo, options.Value)).ToList();
        var owners = await new CodeRepoRowQuery(target, columns, options.Value).MatchAsync(connection, desired, cancellationToken);
        _owners[target.Label] = owners;
        return owners.Thresholds(options.Value.ThresholdOf(target));
    }

    /// <inheritdoc />
    public async Task ReportAsync(IReadOnlyList<SweepResult> results, CancellationToken cancellationToken)
    {
        var findings = results.Select(FindingOf).ToList();
        _owners.Clear();
        if (!informer.HasSynced)
        {
            return;
        }

        var repos = cache.Entities.Where(IsKept).ToList();
        Remember(repos, findings);
        if (!reporter.IsInCharge)
        {
            return;
        }

        try
        {
            // Of one that can't be read, the controller says that.
            foreach (var repo in repos.Where(repo => repo.Spec.Unreadable.Count == 0))
            {
                await ReportAsync(repo, findings, cancellationToken);
            }

            if (_logged.IsOver(TheWay))
            {
                log.ReportedAgain();
            }
        }
        catch (Exception error) when (error.IsApiError())
        {
            if (_logged.IsNew(TheWay, error.Kind()))
            {
                log.NotReported(error.Describe());
            }
        }
    }

    private static bool IsKept(CodeRepo repo) => repo.Metadata.DeletionTimestamp is null;

    private void Remember(IReadOnlyList<CodeRepo> repos, IReadOnlyList<TargetFinding> findings)
    {
        foreach (var uid in repos.Select(repo => repo.Metadata.Uid))
        {
            if (findings.Select(finding => finding.ResetOf(uid)).OfType<SweptRow>().FirstOrDefault() is { } reset)
            {
                _unreported[uid] = reset;
            }
        }

        foreach (var gone in _unreported.Keys.Except(repos.Select(repo => repo.Metadata.Uid)).ToList())
        {
            _unreported.TryRemove(gone, out _);
        }
    }

    private async Task ReportAsync(CodeRepo repo, IReadOnlyList<TargetFinding> findings, CancellationToken cancellationToken)
    {
        var uid = repo.Metadata.Uid;
        if (IndexingState.For(DesiredRow.Of(repo, options.Value), findings, options.Value) is not { } state)
        {
            return;
        }

        // What was done to a row that is not its any more, or not yet, is not reported.
        var reset = _unreported.GetValueOrDefault(uid);
        var isOwn = reset is null || findings.Any(finding => finding.RowsOf(uid)?.Rows.Any(row => row.Key == reset.Key) == true);
        if (await reporter.ReportAsync(repo, state, isOwn ? reset : null, cancellationToken) && isOwn)
        {
            _unreported.TryRemove(uid, out _);
        }
    }

    private TargetFinding FindingOf(SweepResult result)
    {
        var label = result.Target.Label;
        var failures = _failures[label] = result.Outcome is SweepOutcome.Failed ? _failures.GetValueOrDefault(label) + 1 : 0;

        // A dry run resets nothing, whatever it lists.
        return new TargetFinding(options.Value.DryRun ? result with { Reset = [] } : result, failures, _owners.GetValueOrDefault(label));
    }

    /// <summary>Before all CodeRepos are known, a row could be reset whose CodeRepo asks for more patience.</summary>
    private async Task WhenKnownAsync(CancellationToken cancellationToken)
    {
        try
        {
            await informer.WhenSyncedAsync(cancellationToken).WaitAsync(LongestWait, time, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new SetupException(
                "The CodeRepos could not be listed yet, and one of them may have a longer threshold: no row is reset until then. Check "
                    + "the connection to the API server.",
                late
            );
        }
    }
}

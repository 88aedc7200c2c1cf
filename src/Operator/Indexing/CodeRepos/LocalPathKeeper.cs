using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// Keeps the folder that rows name true: soon after a clone was published, and with each interval of the sweep, for rows that came
/// later or were changed. It knows of a clone by the status alone, and nothing waits for it: its failures disturb no clone.
/// </summary>
internal sealed class LocalPathKeeper(
    Informer<CodeRepo> informer,
    EntityCache<CodeRepo> cache,
    IndexingReporter reporter,
    IndexingDatabase database,
    IOptions<IndexingOptions> options,
    TimeProvider time,
    ILogger<LocalPathKeeper> log) : SupervisedLoop
{
    /// <summary>Clones that are published together are written together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>What writing all rows may take in a slow database; its statements have time-outs of their own.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly LoggedFailures<string> _logged = new();

    /// <summary>By the uid of the CodeRepo, the folder of its clone and what says which rows are its: what was told of last.</summary>
    private Dictionary<string, string> _known = [];

    /// <inheritdoc />
    public override void Dispose()
    {
        _news.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        var targets = options.Value.AllTargets.Where(target => target.LocalPath.Length > 0 && target.Url.Length > 0).ToList();
        if (!database.IsConfigured || targets.Count == 0)
        {
            return;
        }

        cache.Stored += OnStored;
        try
        {
            await informer.WhenSyncedAsync(stoppingToken);
            await KeepForeverAsync(targets, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A stop. What was not written is written after the next start.
        }
        finally
        {
            cache.Stored -= OnStored;
        }
    }

    private async Task KeepForeverAsync(IReadOnlyList<IndexingTarget> targets, CancellationToken stoppingToken)
    {
        while (true)
        {
            Progress.Wait();
            await reporter.WhenInChargeAsync(stoppingToken);
            Progress.Report(options.Value.SweepInterval + LongestRound);
            var repos = cache.Entities.Where(LocalPath.HasClone).ToList();
            _known = repos.ToDictionary(repo => repo.Metadata.Uid, Place);
            foreach (var target in targets)
            {
                await KeepAsync(target, repos, stoppingToken);
            }

            using var interval = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(Task.Delay(options.Value.SweepInterval, time, interval.Token), WhenPublishedAsync(interval.Token));
            await interval.CancelAsync();
            stoppingToken.ThrowIfCancellationRequested();
        }
    }

    private async Task WhenPublishedAsync(CancellationToken cancellationToken)
    {
        do
        {
            await _news.WaitAsync(cancellationToken);
            await Task.Delay(Pause, time, cancellationToken);
        }
        while (!cache.Entities.Any(repo => LocalPath.HasClone(repo) && _known.GetValueOrDefault(repo.Metadata.Uid) != Place(repo)));
    }

    private async Task KeepAsync(IndexingTarget target, IReadOnlyList<CodeRepo> repos, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            var columns = await ColumnProbe.ReadAsync(connection, target, cancellationToken);
            if (columns is null || !LocalPath.IsKept(target, columns))
            {
                throw new SetupException("the table, or a column that it takes, is missing: migrate, or correct Indexing:Targets");
            }

            var wanted = repos.Select(repo => DesiredRow.Of(repo, options.Value)).ToList();
            var matches = await new CodeRepoRowQuery(target, columns, options.Value).MatchAsync(connection, wanted, cancellationToken);
            var wrong = LocalPath.Wrong(repos, matches, options.Value.LocalPathPrefix);
            var changed = await LocalPathUpdate.WriteAsync(connection, target, columns, wrong, options.Value, cancellationToken);
            if (changed > 0)
            {
                log.LocalPathSet(target.LocalPath, changed, target.Label);
            }

            if (_logged.IsOver(target.Label))
            {
                log.LocalPathKeptAgain(target.LocalPath, target.Label);
            }
        }
        catch (Exception error) when (error is SetupException || DatabaseErrors.IsOne(error))
        {
            var kind = error is PostgresException refusal ? refusal.SqlState : error.GetType().Name;
            if (_logged.IsNew(target.Label, kind))
            {
                log.LocalPathNotKept(target.LocalPath, target.Label, error is SetupException ? error.Message : DatabaseErrors.Describe(error));
            }
        }
    }

    private void OnStored(NamespacedName key)
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // Noted already.
        }
    }

    /// <summary>What rows there are to write: it stays the same while a clone is merely updated.</summary>
    private static string Place(CodeRepo repo)
        => $"{repo.Status!.Volume!.Path}\n{repo.Spec.GitUrl}\n{repo.Spec.Branch}\n{repo.Status.Branch}\n{repo.Spec.Indexing?.Id}\n{CloneProof.Of(repo)}";
}

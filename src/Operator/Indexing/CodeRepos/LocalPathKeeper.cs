using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// Keeps the directory that rows name true: soon after a clone was published, and with each interval of the sweep, for rows that came
/// later or were changed. It knows of a clone by the status alone, and nothing waits for it: its failures disturb no clone.
/// </summary>
internal sealed class LocalPathKeeper(
    Informer<CodeRepo> informer,
    EntityCache<CodeRepo> cache,
    IndexingReporter reporter,
    LocalPathWriter writer,
    IOptions<IndexingOptions> options,
    TimeProvider time
) : SupervisedLoop
{
    /// <summary>Clones that are published together are written together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>What writing all rows may take in a slow database; its statements have time-outs of their own.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _stored = new(0, 1);

    /// <summary>By the uid of the CodeRepo, the directory of its clone and what says which rows are its: what was reported last.</summary>
    private Dictionary<string, string> _known = [];

    /// <inheritdoc />
    public override void Dispose()
    {
        _stored.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        var targets = options.Value.AllTargets.Where(target => target.LocalPath.Length > 0 && target.Url.Length > 0).ToList();
        if (!options.Value.HasDatabase || targets.Count == 0)
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
                await writer.WriteAsync(target, repos, stoppingToken);
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
            await _stored.WaitAsync(cancellationToken);
            await Task.Delay(Pause, time, cancellationToken);
        } while (!cache.Entities.Any(repo => LocalPath.HasClone(repo) && _known.GetValueOrDefault(repo.Metadata.Uid) != Place(repo)));
    }

    private void OnStored(NamespacedName key)
    {
        try
        {
            _stored.Release();
        }
        catch (SemaphoreFullException)
        {
            // Noted already.
        }
    }

    /// <summary>What rows there are to write: it stays the same while a clone is merely updated.</summary>
    private static string Place(CodeRepo repo) =>
        $"{repo.Status!.Volume!.Path}\n{repo.Spec.GitUrl}\n{repo.Spec.Branch}\n{repo.Status.Branch}\n"
        + $"{repo.Spec.Indexing?.Id}\n{CloneProof.Of(repo)}";
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Where no database is configured any more, takes off once what was reported of rows: nobody would keep it true.</summary>
internal sealed class IndexingStatusRemoval(
    Informer<CodeRepo> informer,
    EntityCache<CodeRepo> cache,
    IndexingReporter reporter,
    IOptions<IndexingOptions> options,
    TimeProvider time,
    ILogger<IndexingStatusRemoval> log
) : SupervisedLoop
{
    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (options.Value.HasDatabase)
        {
            return;
        }

        try
        {
            await informer.WhenSyncedAsync(stoppingToken);
            await reporter.WhenInChargeAsync(stoppingToken);
            while (!await TakeOffAllAsync(stoppingToken))
            {
                await Task.Delay(options.Value.SweepInterval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A stop. The next start goes on with what is left.
        }
    }

    /// <returns>Whether none is left.</returns>
    private async Task<bool> TakeOffAllAsync(CancellationToken cancellationToken)
    {
        var reported = cache.Entities.Where(repo => IndexingReport.Current(repo) is not null).ToList();
        var left = reported.Count;
        try
        {
            foreach (var repo in reported)
            {
                Progress.Report(options.Value.SweepInterval);
                left -= await reporter.TakeOffAsync(repo, cancellationToken) ? 1 : 0;
            }
        }
        catch (Exception error) when (error.IsApiError())
        {
            log.NotReported(error.Describe());
        }

        if (reported.Count > left)
        {
            log.TakenOff(reported.Count - left);
        }

        return left == 0;
    }
}

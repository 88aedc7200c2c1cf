using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing;

/// <summary>
/// Sweeps all targets at the start and every <see cref="IndexingOptions.SweepInterval"/>. It needs no Lease: any number of sweepers
/// may run, since rows are locked one by one.
/// </summary>
internal sealed class StuckIndexingSweeper(
    SweepRound round,
    IndexingDatabase database,
    IOptions<IndexingOptions> options,
    TimeProvider time,
    ILogger<StuckIndexingSweeper> log) : SupervisedLoop
{
    /// <summary>What a round may take, of many tables with many rows in a slow database; its statements have time-outs of their own.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromHours(1);

    private readonly LoggedFailures<string> _logged = new();

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!database.IsConfigured)
        {
            log.RecoveryOff();
            return;
        }

        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        try
        {
            do
            {
                Progress.Report(options.Value.SweepInterval + LongestRound);
                await SweepAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A batch that was under way is rolled back, or committed: the next sweep finds either.
        }
    }

    /// <summary>Targets that fail are told of where they are swept. What fails here is the way to the CodeRepos.</summary>
    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            await round.RunAsync(dryRun: false, stoppingToken);
            if (_logged.IsOver(nameof(SweepRound)))
            {
                log.RoundRecovered();
            }
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested && (error.IsApiError() || DatabaseErrors.IsOne(error)))
        {
            var why = error.IsApiError() ? error.Describe() + "." : DatabaseErrors.Describe(error);
            if (_logged.IsNew(nameof(SweepRound), why))
            {
                log.RoundFailed(why);
            }
        }
    }
}

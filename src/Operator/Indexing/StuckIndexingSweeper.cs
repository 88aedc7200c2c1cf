using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing;

/// <summary>
/// Sweeps all targets at the start, every <see cref="IndexingOptions.SweepInterval"/>, and when somebody asks for it. It
/// needs no Lease: any number of sweepers may run, since rows are locked one by one.
/// </summary>
internal sealed class StuckIndexingSweeper(
    Sweeper sweeper,
    SweepRequests requests,
    IOptions<IndexingOptions> options,
    TimeProvider time,
    ILogger<StuckIndexingSweeper> log
) : SupervisedLoop
{
    /// <summary>
    /// What a round may take, of many tables with many rows in a slow database; its statements have time-outs of their own.
    /// </summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromHours(1);

    /// <summary>How long others may join one who asks for a sweep.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a round goes around the rows of one table that can't be changed. It is for what hardly happens: 1,000 of them cost a
    /// second, but one that makes a statement run into its limit of time costs that limit some times.
    /// </summary>
    private static readonly TimeSpan LongestWalk = TimeSpan.FromMinutes(5);

    /// <summary>There is one round at a time, and so one thing that may fail.</summary>
    private const string Round = "round";

    private readonly LoggedFailures<string> _logged = new();

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.HasDatabase)
        {
            log.RecoveryOff();
            return;
        }

        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        try
        {
            var due = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            var requested = requests.NextAsync(stoppingToken);
            while (true)
            {
                Progress.Report(options.Value.SweepInterval + LongestRound);
                await SweepAsync(stoppingToken);
                await await Task.WhenAny(due, requested);
                if (due.IsCompleted)
                {
                    due = timer.WaitForNextTickAsync(stoppingToken).AsTask();
                }

                if (requested.IsCompleted)
                {
                    // What ends together is one sweep: a Deployment that is scaled down, a node that is drained.
                    await Task.Delay(Gathering, time, stoppingToken);
                    requested = requests.NextAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A batch that was under way is rolled back, or committed: the next sweep finds either.
        }
    }

    /// <summary>Targets that fail are reported where they are swept. What fails here is the way to the CodeRepos.</summary>
    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            await sweeper.RunAsync(dryRun: false, LongestWalk, stoppingToken);
            if (_logged.IsOver(Round))
            {
                log.RoundRecovered();
            }
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested && (error.IsApiError() || DatabaseErrors.IsOne(error)))
        {
            var why = error.IsApiError() ? error.Describe() + "." : DatabaseErrors.Describe(error);
            if (_logged.IsNew(Round, why))
            {
                log.RoundFailed(why);
            }
        }
    }
}

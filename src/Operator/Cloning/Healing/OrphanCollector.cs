using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Takes clones off the volume whose CodeRepo went while nobody could: its finalizer was taken off by hand, or let go because the
/// store could not be used. It looks whenever a store is taken, and when there may be one.
/// </summary>
internal sealed class OrphanCollector(
    VerifyTimer rounds,
    StoreOwner owner,
    Informer<CodeRepo> informer,
    OrphanFinder finder,
    OrphanRemover remover,
    ILogger<OrphanCollector> log
) : SupervisedLoop
{
    private readonly LoggedFailures<string> _logged = new();

    /// <summary>The taking whose volume was looked through.</summary>
    private int _lookedThrough;
    private volatile bool _expected;

    /// <summary>Has the volume looked through as soon as it can be used: a clone on it may be nobody's.</summary>
    public void Expect() => _expected = true;

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await informer.WhenSyncedAsync(stoppingToken);
            using var timer = rounds.Start();
            do
            {
                Progress.Report(rounds.Interval);
                await TryCollectAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start looks anew.
        }
    }

    private async Task TryCollectAsync(CancellationToken stoppingToken)
    {
        if (owner.TryAcquire() is not null || (owner.Takings == _lookedThrough && !_expected))
        {
            return;
        }

        // Before the look: what is expected during it is another's, and is looked for once more.
        var taking = owner.Takings;
        _expected = false;
        try
        {
            await CollectAsync(stoppingToken);
            _lookedThrough = taking;
            _logged.IsOver(nameof(OrphanCollector));
        }
        catch (Exception error) when (error.IsApiError() || StoreFailure.IsOf(error))
        {
            _expected = true;
            if (_logged.IsNew(nameof(OrphanCollector), error.Describe()))
            {
                log.OrphansNotCollected(error.Describe());
            }
        }
    }

    private async Task CollectAsync(CancellationToken stoppingToken)
    {
        foreach (var suspects in finder.FindSuspects())
        {
            Progress.Report(rounds.Interval);
            foreach (var orphan in await finder.ConfirmAsync(suspects, stoppingToken))
            {
                stoppingToken.ThrowIfCancellationRequested();
                remover.Remove(orphan);
            }
        }
    }
}

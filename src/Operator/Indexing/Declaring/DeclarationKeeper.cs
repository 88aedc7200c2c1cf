using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>
/// Keeps CodeRepos equal to the rows that declare them: soon after a row or a CodeRepo has changed, and with each poll of the table. One
/// replica does it, the one that has the Lease.
/// </summary>
internal sealed class DeclarationKeeper(
    Informer<CodeRepo> informer,
    LeaseHolder lease,
    DeclarationRound round,
    RowNotices notices,
    IOptions<IndexingOptions> options,
    TimeProvider time
) : SupervisedLoop
{
    /// <summary>What reading a large table may take, or a request.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromMinutes(10);

    /// <summary>The longest wait after a failure.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>How long others may join a row that changed.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);

    private readonly Backoff _backoff = new(Random.Shared);

    private DeclareOptions Declare => options.Value.Declare;

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.HasDatabase || !Declare.Enabled)
        {
            return;
        }

        informer.Changed += OnChanged;
        try
        {
            await informer.WhenSyncedAsync(stoppingToken);
            while (true)
            {
                Progress.Wait();
                var lost = await lease.WhenHeldAsync(stoppingToken);
                using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lost);

                // What another process did, and what has changed meanwhile, is not known here.
                notices.AddAll();
                try
                {
                    await KeepAsync(over.Token);
                }
                catch (OperationCanceledException) when (lost.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
                {
                    // Another process keeps them now.
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A stop. What was not done is found after the next start.
        }
        finally
        {
            informer.Changed -= OnChanged;
        }
    }

    /// <summary>Goes on until another process has the Lease.</summary>
    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Declare.PollInterval, time);
        var due = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        while (true)
        {
            if (due.IsCompleted)
            {
                due = timer.WaitForNextTickAsync(cancellationToken).AsTask();
                notices.AddAll();
            }

            Progress.Report(Declare.PollInterval + LongestRound);
            await round.RunAsync(() => lease.IsHeld, cancellationToken);
            if (round.Failures > 0 || !lease.IsHeld)
            {
                await Task.Delay(_backoff.After(Math.Max(1, round.Failures), LongestWait), time, cancellationToken);
            }
            else if (round.IsDone)
            {
                await WaitAsync(due, cancellationToken);
            }
        }
    }

    private async Task WaitAsync(Task due, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var noticed = notices.WhenAnyAsync(enough.Token);
        await Task.WhenAny(due, noticed);
        await enough.CancelAsync();
        await noticed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Gathering, time, cancellationToken);
    }

    private void OnChanged(NamespacedName key)
    {
        if (key.Namespace == Declare.Namespace)
        {
            notices.AddRepo();
        }
    }
}

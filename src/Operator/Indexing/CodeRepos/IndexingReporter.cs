using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Reporting;
using CodeRepoOperator.Runtime.Settings;
using k8s.Autorest;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// Reports the state of its row to a CodeRepo: status and events, only when something changed, and only while the Lease is held: of two
/// processes that both sweep, one reports.
/// </summary>
internal sealed class IndexingReporter(
    StatusWriter<CodeRepo> statuses,
    EventPublisher events,
    LeaseHolder lease,
    RuntimeNames names,
    TimeProvider time,
    ILogger<IndexingReporter> log
)
{
    /// <summary>For all of them: that it can't be written is reported once, not of each CodeRepo.</summary>
    private const string AllOfThem = "";

    private readonly LoggedFailures<string> _logged = new();

    /// <summary>Whether this process is the one that reports.</summary>
    public bool IsInCharge => lease.IsHeld;

    /// <summary>Another one than the controller's, whose part of the status stays as it is.</summary>
    private string FieldManager => $"{names.Controller}-indexing";

    /// <summary>Waits until this process is the one that reports.</summary>
    public Task WhenInChargeAsync(CancellationToken cancellationToken) => lease.WhenHeldAsync(cancellationToken);

    /// <param name="repo">The CodeRepo.</param>
    /// <param name="state">What to say of its rows.</param>
    /// <param name="reset">What the sweep did to it; null: nothing, or it is not known.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Whether it is reported. If not, it is to be reported again.</returns>
    /// <exception cref="HttpRequestException">The API server does not respond.</exception>
    public async Task<bool> ReportAsync(CodeRepo repo, IndexingState state, SweptRow? reset, CancellationToken cancellationToken)
    {
        var isReported = await TryAsync(repo, () => WriteAsync(repo, IndexingReport.For(repo, state, time.GetUtcNow()), cancellationToken));
        if (isReported && Notice(repo, state, reset) is var (reason, note))
        {
            await events.WarningAsync(repo, reason, note);
        }

        return isReported;
    }

    /// <summary>Takes off what was reported earlier.</summary>
    /// <returns>Whether it is off.</returns>
    /// <exception cref="HttpRequestException">The API server does not respond.</exception>
    public Task<bool> TakeOffAsync(CodeRepo repo, CancellationToken cancellationToken) =>
        TryAsync(repo, () => statuses.MergeAsync(repo, IndexingReport.Without(repo), FieldManager, cancellationToken));

    /// <summary>The event that a change is worth; null: none.</summary>
    internal static (string Reason, string Note)? Notice(CodeRepo repo, IndexingState state, SweptRow? reset)
    {
        // What somebody else reset, as a one-shot sweep, or this process before its write was taken, is seen from the count. So is what
        // the process that had the Lease before this one has reported.
        var isReported = state.IsOfOneRow && repo.Status?.Indexing?.Resets >= reset?.Resets;
        var wasReset =
            (reset is not null && !isReported)
            || (
                state is { IsOfOneRow: true, Worst.Row.Resets: { } now } && repo.Status?.Indexing?.Resets is { } reported && now > reported
            );
        if (!wasReset || state.Worst is not { } row)
        {
            return null;
        }

        var silence = reset switch
        {
            null => "",
            { Cause: ResetCause.PodGone } => " The pod that held it is gone.",
            _ => $" Its last sign of life was {TimeSpan.FromSeconds((long)reset.Age.TotalSeconds):c} ago.",
        };
        return reset?.IsExhausted ?? row.Phase is IndexingPhase.Exhausted
            ? (EventReasons.StuckIndexingGivenUp, row.Message + silence)
            : (
                EventReasons.StuckIndexingReset,
                row.Phase is IndexingPhase.Reset ? row.Message + silence : $"{row.Name} was stuck and reset.{silence} {row.Message}"
            );
    }

    private Task<CodeRepo> WriteAsync(CodeRepo repo, CodeRepoStatus desired, CancellationToken cancellationToken) =>
        statuses.WriteAsync(repo, IndexingReport.Current(repo), desired, FieldManager, cancellationToken);

    private async Task<bool> TryAsync(CodeRepo repo, Func<Task> writeAsync)
    {
        try
        {
            await writeAsync();
            _logged.IsOver(AllOfThem);
            return true;
        }
        catch (HttpOperationException error) when (error.IsNotFound())
        {
            // There is nobody to report to.
            return true;
        }
        catch (HttpOperationException error) when (error.IsConflict())
        {
            // It has changed, or another has its name: the cache will know by the next time.
            return false;
        }
        catch (HttpOperationException refusal)
        {
            if (_logged.IsNew(AllOfThem, refusal.Kind()))
            {
                log.StatusRefused(NamespacedName.Of(repo), refusal.Describe());
            }

            return false;
        }
    }
}

using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>Logs and counts how it ended. Status and events stay as they are: the clone is what it was.</summary>
internal sealed class ConsolidationReporter(CloningMetrics metrics, ILogger<ConsolidationReporter> log)
{
    private readonly LoggedFailures<NamespacedName> _logged = new();

    /// <summary>Reports an attempt.</summary>
    public void Report(DueClone due, ConsolidationResult result)
    {
        metrics.Consolidated(result.Outcome);
        if (result.Made is { } made)
        {
            _logged.IsOver(due.Desired.Key);
            log.Consolidated(due.Desired.Key, made.Marker.Commit, due.Packs, made.Marker.Contents?.PackCount ?? 0);
        }
        else if (
            result is { Outcome: ConsolidationOutcome.Failed, Failure: { } failure }
            && _logged.IsNew(due.Desired.Key, failure.Message)
        )
        {
            log.NotConsolidated(due.Desired.Key, due.Packs, failure.Reason, failure.Message);
        }
    }
}

using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>
/// Reads an object as sigs.k8s.io/cli-utils does objects of kinds that it does not know (pkg/kstatus/status, generic.go and
/// <c>checkGenericProperties</c>, then <c>Ready</c>).
/// </summary>
internal static class Kstatus
{
    /// <summary>How it is read.</summary>
    public static KstatusReading Of(CodeRepo repo) =>
        repo switch
        {
            { Metadata.DeletionTimestamp: not null } => KstatusReading.Terminating,

            // kstatus itself skips this check when there is no status at all, and calls the object Current then; a Ready condition,
            // which the tools wait for beside it, is missing.
            _ when repo.Status?.ObservedGeneration != repo.Metadata.Generation => KstatusReading.InProgress,
            _ when StatusOf(repo, ConditionTypes.Reconciling) == "True" => KstatusReading.InProgress,
            _ when StatusOf(repo, ConditionTypes.Stalled) == "True" => KstatusReading.Failed,
            _ => StatusOf(repo, ConditionTypes.Ready) == "True" ? KstatusReading.Current : KstatusReading.InProgress,
        };

    /// <summary>Fails the test when the conditions contradict each other, or speak of another generation than the status does.</summary>
    public static void AssertSound(CodeRepo repo)
    {
        if (repo.Status is not { } status)
        {
            return;
        }

        Assert.InRange(status.ObservedGeneration ?? 0, 1, repo.Metadata.Generation!.Value);
        Assert.All(status.Conditions!, condition => Assert.Equal(status.ObservedGeneration, condition.ObservedGeneration));
        Assert.Equal(
            status.Conditions!.Select(condition => condition.Type).Distinct(),
            status.Conditions!.Select(condition => condition.Type)
        );
        Assert.False(
            StatusOf(repo, ConditionTypes.Reconciling) == "True" && StatusOf(repo, ConditionTypes.Stalled) == "True",
            "Reconciling and Stalled"
        );
        Assert.NotNull(StatusOf(repo, ConditionTypes.Ready));

        // With a clone that is merely out of date both are reported: it can be read, and somebody works on it or has to.
        if (CloneFixture.Condition(repo, ConditionTypes.Ready) is { Status: "True", Reason: not Reasons.Stale })
        {
            Assert.NotEqual("True", StatusOf(repo, ConditionTypes.Reconciling));
            Assert.NotEqual("True", StatusOf(repo, ConditionTypes.Stalled));
            Assert.Equal("True", StatusOf(repo, ConditionTypes.CloneAvailable));
        }
    }

    private static string? StatusOf(CodeRepo repo, string type) => CloneFixture.Condition(repo, type)?.Status;
}

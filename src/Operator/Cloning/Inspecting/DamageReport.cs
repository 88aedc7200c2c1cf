using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Reporting;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// Takes in that a clone was found damaged by somebody who read it: it is reported once, and made again. Not a second time for the same: a
/// clone that was made again and shows the same at the same commit stays, and that is reported.
/// </summary>
internal sealed class DamageReport(
    KnownDamage damage,
    CloneRecovery recovery,
    EntityCache<CodeRepo> codeRepos,
    EventPublisher events,
    ILogger<DamageReport> log
)
{
    /// <summary>Has a clone made again whose working tree is not what was published.</summary>
    /// <param name="clone">The clone, which is still in its place.</param>
    /// <param name="detail">What is wrong and where, for the log.</param>
    public Task ReportTreeAsync(PublishedClone clone, string detail) => ReportAsync(clone, CloneLoss.TreeDamaged, detail);

    /// <summary>Has a clone made again.</summary>
    /// <param name="clone">The clone, which is still in its place.</param>
    /// <param name="loss">What is wrong with it.</param>
    /// <param name="detail">Where, for the log.</param>
    /// <returns>What it means.</returns>
    public async Task<DamageVerdict> ReportAsync(PublishedClone clone, CloneLoss loss, string detail)
    {
        // Before it is forgotten: who looks at it then must find it damaged.
        var verdict = damage.Add(clone, loss, detail);
        if (verdict is DamageVerdict.Unsupported)
        {
            log.VerificationUnsupported(clone.Key, clone.Marker.Commit, loss, detail);
            if (codeRepos.Find(clone.Key) is { } repo)
            {
                await events.WarningAsync(
                    repo,
                    Reasons.VerificationUnsupported,
                    $"The clone at {clone.Marker.Commit} was made again and looks damaged as before ({loss}: {detail}). It stays, and "
                        + "is not verified until the branch moves."
                );
            }
        }
        else if (verdict is DamageVerdict.Damage)
        {
            log.CloneDamaged(clone.Key, loss, detail);
        }

        if (verdict is DamageVerdict.Damage or DamageVerdict.KnownDamage)
        {
            recovery.Begin(clone);
        }

        return verdict;
    }
}

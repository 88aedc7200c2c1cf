using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Reports what deep checks found: damage to those who make the clone again, all of it as log and metrics.</summary>
internal sealed class DeepCheckReporter(DamageReport damage, KnownDamage known, CloningMetrics metrics, ILogger<DeepCheckReporter> log)
{
    private readonly LoggedFailures<NamespacedName> _logged = new();

    /// <summary>Reports a check.</summary>
    /// <param name="clone">The clone, which is still in its place.</param>
    /// <param name="result">What was found in it, or why it could not be read.</param>
    public async Task ReportAsync(PublishedClone clone, Attempt<CheckResult> result)
    {
        if (!result.Succeeded)
        {
            metrics.DeepChecked(
                result.Failure.Reason == Reasons.VerificationUnsupported ? DeepCheckOutcome.Unsupported : DeepCheckOutcome.Failed
            );
            if (_logged.IsNew(clone.Key, result.Failure.Message))
            {
                log.DeepCheckFailed(clone.Key, result.Failure.Message);
            }

            return;
        }

        _logged.IsOver(clone.Key);
        if (result.Value.Finding is { } finding)
        {
            var verdict = await damage.ReportAsync(clone, LossOf(finding.Damage), finding.Detail);
            metrics.DeepChecked(
                verdict is DamageVerdict.Damage or DamageVerdict.KnownDamage ? DeepCheckOutcome.Damaged : DeepCheckOutcome.Unsupported
            );
        }
        else
        {
            known.IsWhole(clone.Key);
            metrics.DeepChecked(DeepCheckOutcome.Whole);
            log.CloneWhole(clone.Key, result.Value.Bytes);
        }
    }

    private static CloneLoss LossOf(CloneDamage damage) =>
        damage switch
        {
            CloneDamage.GitDirectory => CloneLoss.GitFolderDamaged,
            CloneDamage.Pack => CloneLoss.PackDamaged,
            CloneDamage.Index => CloneLoss.IndexDamaged,
            CloneDamage.Commit => CloneLoss.CommitMissing,
            CloneDamage.Tree => CloneLoss.TreeDamaged,
            _ => throw new ArgumentOutOfRangeException(nameof(damage), damage, "Not a kind of damage."),
        };
}

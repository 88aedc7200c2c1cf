using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>One sweep of all targets: one that fails keeps none of the others from being swept.</summary>
internal sealed class SweepRound(TargetSweeper sweeper, ICodeRepoRows codeRepos, IOptions<IndexingOptions> options)
{
    /// <summary>Sweeps all targets, and tells CodeRepos how their rows stand.</summary>
    /// <param name="dryRun">Whether to change nothing; <see cref="IndexingOptions.DryRun"/> asks for that too.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task<IReadOnlyList<TargetSweep>> RunAsync(bool dryRun, CancellationToken cancellationToken)
    {
        var isDry = dryRun || options.Value.DryRun;
        var sweeps = new List<TargetSweep>();
        foreach (var target in options.Value.AllTargets)
        {
            sweeps.Add(await sweeper.SweepAsync(target, isDry, cancellationToken));
        }

        // What would have been reset was not: no CodeRepo is told so.
        await codeRepos.ReportAsync(isDry ? [.. sweeps.Select(sweep => sweep with { Reset = [] })] : sweeps, cancellationToken);
        return sweeps;
    }
}

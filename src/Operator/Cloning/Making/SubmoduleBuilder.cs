using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Timing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Fetches the submodules of a clone in the making, and theirs.</summary>
internal sealed class SubmoduleBuilder(
    SubmoduleRemote remote,
    SubmoduleLanes lanes,
    StoreLayout layout,
    IOptions<GitOptions> options,
    TimeProvider time
)
{
    /// <summary>Fetches them into their places.</summary>
    /// <returns>What came of them; a failure: a required one is missing, or the volume has no room.</returns>
    /// <exception cref="IOException">The volume can't be written to.</exception>
    public async Task<Attempt<MadeSubmodules>> BuildAsync(SubmoduleWork work, CancellationToken cancellationToken)
    {
        var asked = work.Desired.Submodules ?? throw new ArgumentException("No submodules are asked for.", nameof(work));
        var budget = ContentBudget.Of(work.Order, options.Value);
        budget.Count(work.Tree.Size);
        using var patience = new LinkedTimeout(asked.Required ? Timeout.InfiniteTimeSpan : work.Patience, time, cancellationToken);
        var run = new SubmoduleRun(work, remote, budget, new SubmoduleDirectory(layout.Volume, work.Order.Directory));
        var waiting = run.Begin();

        // What nobody waits for has one place in all.
        var atOnce = work.Order.Consolidates ? 1 : SubmoduleLanes.Most;
        while (waiting.Count > 0)
        {
            await lanes.RunAsync(work.Desired.Key, waiting, atOnce, submodule => run.FetchAsync(submodule, patience.Token));

            // With all that is left, one after the other, in the clone's own place.
            waiting = [];
            foreach (var submodule in run.TakeTooLarge())
            {
                waiting = [.. waiting, .. await run.FetchAloneAsync(submodule, patience.Token)];
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return run.Fatal is { } failure ? failure : run.End();
    }
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Fetches a clone with its submodules into one directory.</summary>
internal sealed class CloneFetcher(
    GitRemote remote,
    FailedUpdates failedUpdates,
    SubmoduleBuilder submodules,
    IOptions<GitOptions> options,
    TimeProvider time
)
{
    /// <summary>The part of what is left of the timeout that optional submodules may take: the rest is for what comes after them.</summary>
    private const double Patience = 0.75;

    /// <summary>Fetches it.</summary>
    /// <param name="desired">What it is to be of.</param>
    /// <param name="order">The clone.</param>
    /// <param name="old">The older clone that it is built on; null: none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">The volume can't be written to.</exception>
    public async Task<Attempt<FetchedClone>> FetchAsync(
        DesiredClone desired,
        CloneOrder order,
        PublishedClone? old,
        CancellationToken cancellationToken
    )
    {
        var begun = time.GetTimestamp();
        var tree = await failedUpdates.NoteAsync(desired.Key, order.Consolidates ? null : old, () =>
            remote.CloneAsync(order, cancellationToken)
        );
        if (!tree.Succeeded)
        {
            return tree.Failure;
        }

        if (desired.Submodules is not { } asked)
        {
            return new FetchedClone(tree.Value, null);
        }

        var left = options.Value.TimeoutFor(desired.Timeout) - time.GetElapsedTime(begun);
        var patience = left > TimeSpan.Zero ? left * Patience : TimeSpan.Zero;

        // Another's clone lends no submodules: what is linked of them is asked of nobody, and only it was given them.
        var own = old?.Key == desired.Key ? old : null;
        var made = await submodules.BuildAsync(new SubmoduleWork(desired, order, tree.Value, own, patience), cancellationToken);
        return made.Succeeded
            ? new FetchedClone(
                made.Value.AddTo(tree.Value),
                new ClonedSubmodules(asked, made.Value.Fetched, made.Value.Failures.Any(failure => failure.MayComeLater))
            )
            : made.Failure;
    }
}

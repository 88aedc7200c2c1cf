using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>The way of one clone: wait for a slot, make sure that the remote's state is not old, build.</summary>
internal sealed class ClonePipeline(CloneSlots slots, RemotePoll poll, CloneBuilder builder, HostShares shares, CloningMetrics metrics)
{
    /// <summary>Makes a clone. The wait for a slot is not the remote's fault, and no part of the spec's timeout.</summary>
    /// <param name="desired">What it is to be of.</param>
    /// <param name="state">What the remote had when it was polled.</param>
    /// <param name="polled">How long that took, as far as it counts as a part of the clone.</param>
    /// <param name="findBase">
    /// Finds what to build on, once there is a slot: others may have come meanwhile. Or that it is better to wait for another, without it.
    /// </param>
    /// <param name="isHealing">Whether it is made again because it was lost.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Attempt<PublishedClone>> RunAsync(
        DesiredClone desired,
        RemoteState state,
        TimeSpan polled,
        Func<RemoteHead, Attempt<CloneBase>> findBase,
        bool isHealing,
        CancellationToken cancellationToken
    )
    {
        using var slot = await slots.TakeAsync(desired.Key, shares.GroupOf(desired.Key, desired.Url), isHealing, cancellationToken);
        var found = findBase(state.Head);
        if (!found.Succeeded)
        {
            return found.Failure;
        }

        var credentials = state.Credentials;
        Func<CancellationToken, Task<Attempt<RemoteHead>>> findHead = _ => Task.FromResult<Attempt<RemoteHead>>(state.Head);
        if (poll.IsOld(state))
        {
            // Nor is it the remote's fault when the credentials can't be had.
            var current = await poll.FindCredentialsAsync(desired, cancellationToken);
            if (!current.Succeeded)
            {
                return current.Failure;
            }

            credentials = current.Value;
            findHead = token => poll.FindHeadAsync(desired, credentials, token);
        }

        using var measured = metrics.MeasureClone(polled);
        var made = await builder.BuildAsync(desired, credentials, findHead, found.Value.Old, cancellationToken);
        shares.Note(shares.GroupOf(desired.Key, desired.Url), made.Succeeded ? null : made.Failure);
        return made;
    }
}

using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>
/// Makes one clone anew, of the commit that it has. Beside what else is done for its CodeRepo, which never waits for this: an update that
/// comes meanwhile is published, and this is thrown away.
/// </summary>
internal sealed class Consolidation(CloneStore store, RemotePoll poll, CloneBuilder builder, TimeProvider time)
{
    /// <summary>Makes it, if the remote has that commit; within the budget of its host.</summary>
    /// <returns>What came of it, which changes nothing that anybody sees.</returns>
    public async Task<ConsolidationResult> RunAsync(DueClone due, CancellationToken cancellationToken)
    {
        var credentials = await poll.FindCredentialsAsync(due.Desired, cancellationToken);
        if (!credentials.Succeeded)
        {
            return ConsolidationResult.Of(credentials.Failure);
        }

        // A branch that has moved is for an update, which somebody may wait for.
        var need = new PollNeed(PollUrgency.Due, time.GetTimestamp());
        var state = await poll.PollAsync(due.Desired, credentials.Value, need, cancellationToken);
        if (!state.Succeeded)
        {
            return ConsolidationResult.Of(state.Failure);
        }

        var (head, marker) = (state.Value.Head, due.Published.Marker);
        if ((head.Commit, head.Branch, head.Ref) != (marker.Commit, marker.Branch, marker.Ref))
        {
            return ConsolidationResult.Moved;
        }

        var made = await builder.ConsolidateAsync(due.Desired, credentials.Value, head, due.Published, cancellationToken);
        if (made.Succeeded)
        {
            store.Add(made.Value);
        }

        return ConsolidationResult.Of(made);
    }
}

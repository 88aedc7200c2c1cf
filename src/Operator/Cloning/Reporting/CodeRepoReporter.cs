using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Monitoring;
using k8s.Autorest;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>Reports the state of CodeRepos to users: status, events, log; each only when something changed.</summary>
internal sealed class CodeRepoReporter(CodeRepoStatusWriter statuses, CodeRepoEvents events, LeaseHolder lease)
{
    private static readonly CloneFailure NoLease = new(
        Reasons.StoreUnavailable,
        "The Lease of the store is not held, so nothing is reported"
    );

    /// <summary>What was done to clones, by uid, until it is in the status: a write that is refused must not lose it.</summary>
    private readonly ConcurrentDictionary<string, UnreportedChange> _unreported = new();

    /// <summary>By uid, what is reported by an event alone since the status can't be written.</summary>
    private readonly LoggedFailures<string> _unwritten = new();

    /// <summary>Reports a state, in the status first.</summary>
    /// <returns>The CodeRepo as it is now; or that the Lease is not held: its holder may have reported already, and knows better.</returns>
    /// <exception cref="HttpOperationException">The API server refused the status.</exception>
    public async Task<Attempt<CodeRepo>> ReportAsync(CodeRepo repo, CloneState state, CancellationToken cancellationToken)
    {
        state = state with { Change = ToReport(repo, state) };
        if (!lease.IsHeld)
        {
            return NoLease;
        }

        var written = await WriteAsync(repo, state, cancellationToken);
        Forget(repo);
        await events.PublishAsync(repo, state);
        return written;
    }

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(CodeRepo repo)
    {
        _unreported.TryRemove(repo.Metadata.Uid, out _);
        _unwritten.IsOver(repo.Metadata.Uid);
    }

    private async Task<CodeRepo> WriteAsync(CodeRepo repo, CloneState state, CancellationToken cancellationToken)
    {
        try
        {
            return await statuses.WriteAsync(repo, state, cancellationToken);
        }
        catch (HttpOperationException refusal) when (repo.Spec.Unreadable.Count > 0 && !refusal.IsNotFound() && !refusal.IsConflict())
        {
            // A server-side apply fails on what is of another type in the spec too, which only a user can correct: no status reports it.
            if (_unwritten.IsNew(repo.Metadata.Uid, state.Failure?.Message ?? ""))
            {
                await events.PublishAsync(repo, state);
            }

            throw;
        }
    }

    private CloneChange ToReport(CodeRepo repo, CloneState state)
    {
        if (state.Change is not CloneChange.None)
        {
            return (_unreported[repo.Metadata.Uid] = UnreportedChange.To(repo, state.Change)).Change;
        }

        return _unreported.TryGetValue(repo.Metadata.Uid, out var unreported) && !unreported.IsReportedBy(repo, state.Published)
            ? unreported.Change
            : state.Change;
    }
}

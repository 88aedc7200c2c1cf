using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Reporting;
using CodeRepoOperator.Runtime.Settings;
using k8s.Autorest;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>Tells users how their CodeRepo stands: status, events, log; each only when something changed.</summary>
internal sealed class CodeRepoReporter(
    StatusWriter<CodeRepo> statuses,
    EventPublisher events,
    LeaseHolder lease,
    RuntimeNames names,
    IOptions<StoreOptions> store,
    TimeProvider time,
    ILogger<CodeRepoReporter> log)
{
    /// <summary>What was done to clones, by uid, until it is in the status: a write that is refused must not lose it.</summary>
    private readonly ConcurrentDictionary<string, UntoldChange> _untold = new();

    /// <summary>By uid, what is told by an event alone since the status can't be written.</summary>
    private readonly LoggedFailures<string> _unwritten = new();

    /// <summary>Reports.</summary>
    /// <returns>The CodeRepo as it is now.</returns>
    /// <exception cref="HttpRequestException">The Lease is not held. Its holder may have reported already, and knows better.</exception>
    public async Task<CodeRepo> ReportAsync(CodeRepo repo, CloneState standing, CancellationToken cancellationToken)
    {
        standing = standing with { Change = ToTell(repo, standing) };
        if (!lease.IsHeld)
        {
            throw new HttpRequestException("The Lease of the store is not held, so nothing is reported");
        }

        var written = await WriteAsync(repo, standing, cancellationToken);
        Forget(repo);
        await PublishAsync(repo, standing);
        return written;
    }

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(CodeRepo repo)
    {
        _untold.TryRemove(repo.Metadata.Uid, out _);
        _unwritten.IsOver(repo.Metadata.Uid);
    }

    /// <summary>Reports that the clone was taken off the volume.</summary>
    public Task RemovedAsync(CodeRepo repo)
    {
        var key = NamespacedName.Of(repo);
        log.Removed(key);
        return events.NormalAsync(repo, EventReasons.Removed, "Took the clone off the volume.");
    }

    /// <summary>Reports that a deleted CodeRepo is let go although its clone is still on the volume.</summary>
    public Task NotRemovedAsync(CodeRepo repo, CloneFailure failure)
    {
        log.NotRemoved(NamespacedName.Of(repo), failure.Message);
        return events.WarningAsync(
            repo, EventReasons.NotRemoved, $"Left the clone on the volume, to be taken off once the store can be used: {failure.Message}");
    }

    private async Task<CodeRepo> WriteAsync(CodeRepo repo, CloneState standing, CancellationToken cancellationToken)
    {
        var wanted = StatusReport.For(repo, standing, store.Value, time.GetUtcNow());
        var current = StatusReport.Current(repo);
        try
        {
            if (repo.Status is { Unreadable: { Count: > 0 } odd })
            {
                // A server-side apply fails on what is of another type than the CRD says, even where it would replace it.
                repo = await statuses.MergeAsync(
                    repo, odd.ToDictionary(field => field, object? (_) => null, StringComparer.Ordinal), names.Controller, cancellationToken);
            }

            return await statuses.WriteAsync(repo, current, wanted, names.Controller, cancellationToken);
        }
        catch (HttpOperationException refusal) when (repo.Spec.Unreadable.Count > 0 && !refusal.IsNotFound() && !refusal.IsConflict())
        {
            // The same of what is of another type in the spec, which only a user can correct: then no status tells of it.
            if (_unwritten.IsNew(repo.Metadata.Uid, standing.Failure?.Message ?? ""))
            {
                await PublishAsync(repo, standing);
            }

            throw;
        }
    }

    private CloneChange ToTell(CodeRepo repo, CloneState standing)
    {
        if (standing.Change is not CloneChange.None)
        {
            return (_untold[repo.Metadata.Uid] = UntoldChange.To(repo, standing.Change)).Change;
        }

        return _untold.TryGetValue(repo.Metadata.Uid, out var untold) && !untold.IsToldBy(repo, standing.Published) ? untold.Change : standing.Change;
    }

    private Task PublishAsync(CodeRepo repo, CloneState standing)
    {
        var key = NamespacedName.Of(repo);
        var failedBefore = StatusSummary.FailureOf(repo);
        if (standing.Failure is { } failure)
        {
            if (failure.Reason == failedBefore)
            {
                return Task.CompletedTask;
            }

            log.CloneFailed(key, failure.Reason, failure.Message);
            return events.WarningAsync(repo, EventReasons.CloneFailed, $"{failure.Reason}: {failure.Message}");
        }

        if (standing.Change is not CloneChange.None && standing.Published is { } clone)
        {
            var (reason, note) = Describe(standing.Change, clone.Marker);
            return events.NormalAsync(repo, reason, note);
        }

        if (failedBefore is not null && standing is { UnderWay: null, Held: null })
        {
            log.Recovered(key);
            return events.NormalAsync(repo, EventReasons.Recovered, "What failed before works again.");
        }

        return Task.CompletedTask;
    }

    private static (string Reason, string Note) Describe(CloneChange change, CloneMarker now) => change switch
    {
        CloneChange.Recloned recloned => (EventReasons.Recloned, $"Cloned {now.CheckedOut} at {now.Commit} again: {recloned.Loss}."),
        CloneChange.Updated updated => (EventReasons.Updated, $"Updated {now.CheckedOut} from {updated.FromCommit} to {now.Commit}."),
        _ => (EventReasons.Cloned, $"Cloned {now.CheckedOut} at {now.Commit}."),
    };
}

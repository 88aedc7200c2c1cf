using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// The one way to a clone. Warm: one <c>stat</c> of its marker, no lock, no git. Cold: clone, verify, publish, once for all
/// who ask at the same time.
/// </summary>
internal sealed class CloneStore(
    GitRemote remote,
    CredentialSource credentials,
    RefusedCredentials refused,
    CloneInspector inspector,
    Publisher publisher,
    Trash trash,
    StoreOwner owner,
    StoreLayout layout,
    StoreUsage usage,
    CloneSlots slots,
    HostShares shares,
    IOptions<GitOptions> options,
    CloningMetrics metrics,
    TimeProvider time,
    ILogger<CloneStore> log)
{
    /// <summary>How long a clone may wait for its slot before its remote is looked up again: the branch may have moved.</summary>
    private static readonly TimeSpan LongestWaitWithHead = TimeSpan.FromSeconds(5);

    /// <summary>Of <c>spec.timeout</c>: a time shorter than it is too short to say that a host is silent.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    private readonly CloneLooks _looks = new(inspector.Look, time, log);
    private readonly ConcurrentDictionary<EntityKey, PublishedClone> _known = new();
    private readonly FailedUpdates _failedUpdates = new();
    private readonly SingleFlight<EntityKey, (CloneIdentity Wanted, bool Refresh), EnsureResult> _flights = new();

    /// <summary>Makes sure that there is a complete clone of what is wanted; how new it is does not matter.</summary>
    public async Task<EnsureResult> EnsureAsync(WantedClone wanted, CancellationToken cancellationToken)
        => FindWarm(wanted) is { } clone
            ? EnsureResult.Of(clone, new CloneChange.None())
            : await _flights.RunAsync(wanted.Key, (wanted.Identity, false), token => EnsureColdAsync(wanted, token), cancellationToken);

    /// <summary>Looks up the remote's head and, where the branch has moved, replaces the clone by one of it.</summary>
    public Task<EnsureResult> RefreshAsync(WantedClone wanted, PublishedClone clone, CancellationToken cancellationToken)
        => _flights.RunAsync(wanted.Key, (wanted.Identity, true), token => RefreshAloneAsync(wanted, clone, token), cancellationToken);

    /// <summary>What <see cref="EnsureAsync"/> would do.</summary>
    public CloneDecision Decide(WantedClone wanted)
    {
        if (FindWarm(wanted) is { } warm)
        {
            return new CloneDecision.Keep(warm);
        }

        var decision = CloneDecision.For(wanted, inspector.Look(wanted.Key));
        if (decision is CloneDecision.Keep keep)
        {
            _known[wanted.Key] = keep.Published;
        }

        return decision;
    }

    /// <summary>The clone that is there for a CodeRepo, of whatever spec.</summary>
    public PublishedClone? Find(EntityKey key, string uid)
        => inspector.Look(key).Published is { } clone && clone.Marker.Uid == uid ? clone : null;

    /// <summary>The clone of what is wanted, if it was whole when last looked at and is still in its place: one <c>stat</c>.</summary>
    public PublishedClone? FindWarm(WantedClone wanted)
        => _known.GetValueOrDefault(wanted.Key) is { } clone && clone.Meets(wanted) && Has(clone) ? clone : null;

    /// <summary>The clones that were whole when last looked at.</summary>
    public IEnumerable<PublishedClone> Known => _known.Select(entry => entry.Value);

    /// <summary>
    /// Looks at all clones that were whole. One that can't be looked at stays what it was, and so does one whose look does not end: the
    /// others go on, and it is not looked at again before that look has ended.
    /// </summary>
    /// <returns>
    /// Those that are not there any more, with what is wrong with them; null: nothing, but it is not the one that we published
    /// (a volume that was restored). Each is told once.
    /// </returns>
    public async IAsyncEnumerable<(EntityKey Key, CloneLoss? Loss)> FindLostAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var clone in Known)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await _looks.LookAsync(clone, cancellationToken) is not { } seen)
            {
                continue;
            }

            var loss = seen.Published is { } found && found.Marker.Uid != clone.Marker.Uid ? CloneLoss.MarkerForeign : seen.Loss;
            if ((loss is not null || seen.Published?.MarkerWrittenAt != clone.MarkerWrittenAt) && Forget(clone))
            {
                yield return (clone.Key, loss);
            }
        }
    }

    /// <summary>Whether a clone is still the one in its place: not, when nobody can tell.</summary>
    public bool Has(PublishedClone clone)
    {
        try
        {
            return IsInPlace(clone);
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            // Who looks closer finds out why; none takes it for a loss.
            return false;
        }
    }

    /// <summary>Opens a clone to be read: it stays the same tree while an update takes its place, until the grace period of what was replaced is over.</summary>
    /// <returns>Its folder; null: it is not the one in its place any more.</returns>
    /// <exception cref="IOException">The volume can't be read.</exception>
    public OpenFolder? Open(PublishedClone clone)
    {
        var folder = layout.Volume.Find(layout.Clone(clone.Key));
        try
        {
            if (folder is null || IsInPlace(clone))
            {
                // What was in place before and after is what was opened.
                return folder;
            }
        }
        catch (IOException)
        {
            folder?.Dispose();
            throw;
        }

        folder.Dispose();
        return null;
    }

    /// <summary>Has a clone looked at before it is taken for whole again.</summary>
    /// <returns>Whether it was taken for whole.</returns>
    public bool Forget(PublishedClone clone) => _known.TryRemove(KeyValuePair.Create(clone.Key, clone));

    /// <summary>Forgets what was known of the clones: another volume is mounted.</summary>
    public void Forget() => _known.Clear();

    /// <summary>Takes the clone of a CodeRepo off the volume.</summary>
    /// <returns>Why it is still there; null: it is gone.</returns>
    public CloneFailure? Remove(EntityKey key, string uid)
    {
        if (_known.TryGetValue(key, out var clone) && clone.Marker.Uid == uid)
        {
            Forget(clone);
        }

        inspector.Forget(key);
        _failedUpdates.Forget(key);
        return publisher.Remove(key, uid);
    }

    private async Task<EnsureResult> EnsureColdAsync(WantedClone wanted, CancellationToken cancellationToken)
    {
        if (owner.Problem() is { } problem)
        {
            return EnsureResult.Failed(null, problem);
        }

        var decision = Decide(wanted);
        if (decision is CloneDecision.Keep keep)
        {
            return EnsureResult.Of(keep.Published, new CloneChange.None());
        }

        if (decision is CloneDecision.Wait wait)
        {
            // What can't be looked at may be whole: it is neither made again nor taken away.
            return Failed(_known.GetValueOrDefault(wanted.Key) is { } known && known.Meets(wanted) ? known : null, wait.Failure);
        }

        if (PlaceProblem(wanted.Key) is { } taken)
        {
            return Failed(null, taken);
        }

        var old = (decision as CloneDecision.Replace)?.Published;
        var asked = await AskAsync(wanted, cancellationToken);
        var made = asked.Succeeded
            ? await CloneInTimeAsync(wanted, asked.Value, old, decision is CloneDecision.Reclone, cancellationToken)
            : asked.Failure;
        return made.Succeeded ? Changed(made.Value, ChangeOf(decision)) : Failed(null, made.Failure);
    }

    /// <summary>Before anything is transferred: what is in the way of a namespace's folder would be so in the end.</summary>
    private CloneFailure? PlaceProblem(EntityKey key)
    {
        try
        {
            layout.Volume.Make(Path.GetDirectoryName(layout.Clone(key))!).Dispose();
            return null;
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return StoreFailure.From(error);
        }
    }

    /// <summary>One <c>stat</c>.</summary>
    /// <exception cref="IOException">Nobody can tell.</exception>
    private bool IsInPlace(PublishedClone clone)
        => FileStatus.TryRead(FileStatus.CurrentFolder, (byte[])[.. Encoding.UTF8.GetBytes(StoreLayout.Marker(layout.Clone(clone.Key))), 0], out var marker)
            ? marker.IsRegular && marker.ModifiedAt == clone.MarkerWrittenAt
            : NativeFile.IsAbsence(Marshal.GetLastPInvokeError()) ? false
            : throw NativeFile.LastError($"look at the marker of {clone.Key}");

    private async Task<EnsureResult> RefreshAloneAsync(WantedClone wanted, PublishedClone clone, CancellationToken cancellationToken)
    {
        if (owner.Problem() is { } problem)
        {
            return EnsureResult.Failed(clone, problem);
        }

        // What came before in the same lane may have replaced it.
        clone = FindWarm(wanted) ?? clone;
        var known = await credentials.FindAsync(wanted, cancellationToken);
        if (!known.Succeeded)
        {
            return Failed(clone, known.Failure);
        }

        var head = await InTimeAsync(wanted, token => LookUpAsync(wanted, known.Value, token), cancellationToken);
        if (!head.Succeeded)
        {
            return Failed(clone, head.Failure);
        }

        // One that was made by what all may use is made again once the namespace has a permission of its own, which is then on record.
        var isRecorded = clone.Marker.Access is not CloneAccess.Shared || known.Value.Access is CloneAccess.Shared;
        if (isRecorded && head.Value.Commit == clone.Marker.Commit && head.Value.Branch == clone.Marker.Branch)
        {
            return EnsureResult.Of(clone, new CloneChange.None());
        }

        var asked = new AskedRemote(head.Value, known.Value, time.GetTimestamp(), TimeSpan.Zero);
        var made = await CloneInTimeAsync(wanted, asked, clone, isHealing: false, cancellationToken);
        return made.Succeeded ? Changed(made.Value, new CloneChange.Updated(clone.Marker.Commit)) : Failed(clone, made.Failure);
    }

    /// <summary>Looks up what is to be cloned. Before there is a slot for it: a remote that does not answer must take none.</summary>
    private async Task<Attempt<AskedRemote>> AskAsync(WantedClone wanted, CancellationToken cancellationToken)
    {
        var known = await credentials.FindAsync(wanted, cancellationToken);
        if (!known.Succeeded)
        {
            return known.Failure;
        }

        var askedAt = time.GetTimestamp();
        using var counted = metrics.CountClone();
        var head = await TryInTimeAsync(wanted, token => LookUpAsync(wanted, known.Value, token), cancellationToken);
        if (!head.Succeeded)
        {
            metrics.NotCloned(time.GetElapsedTime(askedAt));
            shares.Note(wanted.Url.Authority, head.Failure);
            return head.Failure;
        }

        shares.Answers(wanted.Url.Authority);
        return new AskedRemote(head.Value, known.Value, time.GetTimestamp(), time.GetElapsedTime(askedAt));
    }

    /// <summary>Waits for a free slot, which is not the remote's fault, and clones within the time that the spec gives.</summary>
    private async Task<Attempt<PublishedClone>> CloneInTimeAsync(
        WantedClone wanted, AskedRemote asked, PublishedClone? old, bool isHealing, CancellationToken cancellationToken)
    {
        using var slot = await slots.TakeAsync(wanted.Key, wanted.Url.Authority, isHealing, cancellationToken);
        var (given, head) = (asked.Given, (RemoteHead?)asked.Head);
        if (time.GetElapsedTime(asked.At) > LongestWaitWithHead)
        {
            // They may have changed while it waited. Nor is it the remote's fault when they can't be had.
            var known = await credentials.FindAsync(wanted, cancellationToken);
            if (!known.Succeeded)
            {
                return known.Failure;
            }

            (given, head) = (known.Value, null);
        }

        using var measured = metrics.MeasureClone(asked.Took);
        var made = await CloneWithinQuotaAsync(wanted, given, head, old, cancellationToken);
        if (made.Failure?.Reason == Reasons.QuotaExceeded)
        {
            usage.Refused(wanted.Key.Namespace);
        }

        return made;
    }

    /// <summary>Clones with a part of what is left to the namespace; where that is not enough, once more with all of it, after its other clones.</summary>
    private async Task<Attempt<PublishedClone>> CloneWithinQuotaAsync(
        WantedClone wanted, GitCredentials given, RemoteHead? head, PublishedClone? old, CancellationToken cancellationToken)
    {
        for (var alone = false; ; alone = true)
        {
            var reserved = await usage.ReserveAsync(wanted.Key, alone, cancellationToken);
            if (!reserved.Succeeded)
            {
                return reserved.Failure;
            }

            using var reservation = reserved.Value;
            var staging = layout.NewStaging(wanted.Uid);
            try
            {
                var made = await InTimeAsync(
                    wanted, token => CloneAsync(wanted, given, head, old, new StagedClone(staging, reservation.Budget), token), cancellationToken);
                if (made.Failure?.Reason != Reasons.QuotaExceeded || !reservation.IsPartial)
                {
                    return made;
                }
            }
            finally
            {
                ThrowAway(staging, cancellationToken);
            }
        }
    }

    /// <summary>Clones into a folder of its own and publishes that.</summary>
    private async Task<Attempt<PublishedClone>> CloneAsync(
        WantedClone wanted, GitCredentials given, RemoteHead? known, PublishedClone? old, StagedClone staged, CancellationToken cancellationToken)
    {
        Attempt<RemoteHead> head = known is null ? await LookUpAsync(wanted, given, cancellationToken) : known;
        if (!head.Succeeded)
        {
            return head.Failure;
        }

        shares.Answers(wanted.Url.Authority);
        var staging = staged.Directory;
        try
        {
            using (var ofAll = owner.OpenOwn(layout.Staging))
            {
                ofAll.Make(StoreVolume.NameOf(staging)).Dispose();
            }

            var seed = old is null || !_failedUpdates.MayBuildOn(old) ? null : layout.Clone(wanted.Key);
            var fetched = await _failedUpdates.NoteAsync(
                seed is null ? null : old,
                () => remote.CloneAsync(new CloneOrder(wanted.Url, head.Value, wanted.Depth, staging, seed, given, staged.Budget), cancellationToken));
            return fetched.Succeeded ? Publish(staging, wanted, fetched.Value, given.Access) : fetched.Failure;
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return VolumeSpace.Explain(StoreFailure.From(error), layout.Root);
        }
    }

    /// <summary>Unless the remote has refused the credentials too often: then it is not asked.</summary>
    private async Task<Attempt<RemoteHead>> LookUpAsync(WantedClone wanted, GitCredentials given, CancellationToken cancellationToken)
    {
        if (refused.Hold(wanted.Url, given) is { } held)
        {
            return held;
        }

        var head = await remote.LookUpAsync(wanted.Url, wanted.Branch, given, cancellationToken);
        refused.Note(wanted.Url, given, head.Failure);
        return head;
    }

    private Attempt<PublishedClone> Publish(string staging, WantedClone wanted, FetchedTree fetched, CloneAccess access)
    {
        var published = publisher.Publish(staging, wanted, MarkerOf(wanted, fetched, access, staging));
        return published.Succeeded ? published : VolumeSpace.Explain(published.Failure, layout.Root);
    }

    private async Task<Attempt<T>> InTimeAsync<T>(
        WantedClone wanted, Func<CancellationToken, Task<Attempt<T>>> work, CancellationToken cancellationToken)
        where T : class
    {
        var attempt = await TryInTimeAsync(wanted, work, cancellationToken);
        shares.Note(wanted.Url.Authority, attempt.Succeeded ? null : attempt.Failure);
        return attempt;
    }

    private async Task<Attempt<T>> TryInTimeAsync<T>(
        WantedClone wanted, Func<CancellationToken, Task<Attempt<T>>> work, CancellationToken cancellationToken)
        where T : class
    {
        var timeout = options.Value.TimeoutFor(wanted.Timeout);
        using var deadline = new CancellationTokenSource(timeout, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await work(ended.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new CloneFailure(
                Reasons.Timeout,
                timeout < wanted.Timeout
                    ? $"It took longer than Git:MaxTimeout ({timeout.TotalSeconds:0} s), which limits spec.timeout: see whether {wanted.Url.Host} or the operator's machine is slow."
                    : $"It took longer than spec.timeout ({timeout.TotalSeconds:0} s): raise it, or see whether {wanted.Url.Host} or the operator's machine is slow.")
            {
                SaysNothingOfHost = timeout < options.Value.TimeoutFor(DefaultTimeout),
            };
        }
    }

    private CloneMarker MarkerOf(WantedClone wanted, FetchedTree fetched, CloneAccess access, string clone)
        => new(
            wanted.Uid,
            wanted.Url.ToString(),
            wanted.Branch?.ToString(),
            fetched.Branch,
            fetched.Commit,
            wanted.Depth,
            time.GetUtcNow(),
            CloneContents.Of(clone),
            fetched.Omitted,
            fetched.CommittedAt,
            wanted.Key.Namespace,
            fetched.Size,
            access);

    private static CloneChange ChangeOf(CloneDecision decision) => decision switch
    {
        CloneDecision.Reclone reclone => new CloneChange.Recloned(reclone.Loss),
        CloneDecision.Replace replace => new CloneChange.Updated(replace.Published.Marker.Commit),
        _ => new CloneChange.Cloned(),
    };

    private EnsureResult Changed(PublishedClone clone, CloneChange change)
    {
        _known[clone.Key] = clone;
        metrics.Changed(change);
        log.Changed(clone.Key, change, clone.Marker);
        return EnsureResult.Of(clone, change);
    }

    private EnsureResult Failed(PublishedClone? clone, CloneFailure failure)
    {
        metrics.Failed(failure);
        if (failure.Reason == Reasons.StoreFull)
        {
            trash.MakeRoom();
        }

        return EnsureResult.Failed(clone, failure);
    }

    /// <summary>
    /// What a clone that failed leaves goes at once, before others may have its part of the quota. When the operator ends, and where readers
    /// may still be in it, it goes the way of all trash; the next start takes what is left even so.
    /// </summary>
    private void ThrowAway(string staging, CancellationToken stopping)
    {
        try
        {
            if (layout.Volume.Look(staging) is null)
            {
                return;
            }

            if (!stopping.IsCancellationRequested && layout.Volume.Look(StoreLayout.Marker(staging)) is null)
            {
                FolderTree.Delete(staging);
            }
            else
            {
                trash.TakeUnread(staging);
            }
        }
        catch (IOException error)
        {
            log.StagingNotRemoved(staging, error.Message);
        }
    }

    /// <summary>What a remote answered.</summary>
    /// <param name="Head">What is to be cloned.</param>
    /// <param name="Given">With which credentials.</param>
    /// <param name="At">When, by the monotonic clock.</param>
    /// <param name="Took">How long that took, as far as it is part of a clone.</param>
    private sealed record AskedRemote(RemoteHead Head, GitCredentials Given, long At, TimeSpan Took);

    /// <summary>A clone in the making.</summary>
    /// <param name="Directory">Where.</param>
    /// <param name="Budget">What it may take of the volume.</param>
    private sealed record StagedClone(string Directory, CloneBudget Budget);
}

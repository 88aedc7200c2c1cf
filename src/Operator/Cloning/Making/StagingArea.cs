using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Where clones are made before they are published: a directory each on the volume, within the quota of their namespace.</summary>
internal sealed class StagingArea(StoreLayout layout, StoreUsage usage, Trash trash, ILogger<StagingArea> log)
{
    /// <summary>The root of the volume.</summary>
    public string Root => layout.Root;

    /// <summary>Where a CodeRepo's clone is published.</summary>
    public string PlaceOf(NamespacedName key) => layout.Clone(key);

    /// <summary>
    /// Makes a clone with a part of what is left of the namespace's quota; where that is not enough, once more with all of it, after its
    /// other clones. What is not published goes.
    /// </summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="uid">Its uid.</param>
    /// <param name="make">Makes the clone.</param>
    /// <param name="cancellationToken">Ends the wait for quota; when it has ended, what is left goes the way of all trash.</param>
    public async Task<Attempt<T>> UseAsync<T>(
        NamespacedName key,
        string uid,
        Func<StagedClone, Task<Attempt<T>>> make,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var made = await UseWithinQuotaAsync(key, uid, make, cancellationToken);
        if (made.Failure?.Reason == Reasons.QuotaExceeded)
        {
            usage.Refused(key.Namespace);
        }

        return made;
    }

    /// <summary>
    /// Makes a clone that nobody waits for with a part of what is left of the namespace's quota, or not at all: no other one has to wait so
    /// that it fits, and if it does not, the namespace was refused nothing that it asked for.
    /// </summary>
    /// <inheritdoc cref="UseAsync" path="/param"/>
    public async Task<Attempt<T>> UseSpareAsync<T>(
        NamespacedName key,
        string uid,
        Func<StagedClone, Task<Attempt<T>>> make,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var reserved = await usage.ReserveAsync(key, all: false, cancellationToken);
        if (!reserved.Succeeded)
        {
            return reserved.Failure;
        }

        using var reservation = reserved.Value;
        return await MakeAsync(uid, reservation, make, cancellationToken);
    }

    /// <summary>Makes the directory of a clone.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    public void MakeDirectory(StagedClone staged)
    {
        using var ofAll = OwnDirectory.Open(layout.Volume, layout.Staging, log);
        ofAll.Make(StoreVolume.NameOf(staged.Directory)).Dispose();
    }

    private async Task<Attempt<T>> UseWithinQuotaAsync<T>(
        NamespacedName key,
        string uid,
        Func<StagedClone, Task<Attempt<T>>> make,
        CancellationToken cancellationToken
    )
        where T : class
    {
        for (var alone = false; ; alone = true)
        {
            var reserved = await usage.ReserveAsync(key, alone, cancellationToken);
            if (!reserved.Succeeded)
            {
                return reserved.Failure;
            }

            using var reservation = reserved.Value;
            var made = await MakeAsync(uid, reservation, make, cancellationToken);
            if (made.Failure?.Reason != Reasons.QuotaExceeded || !reservation.IsPartial)
            {
                return made;
            }
        }
    }

    private async Task<Attempt<T>> MakeAsync<T>(
        string uid,
        CloneReservation reservation,
        Func<StagedClone, Task<Attempt<T>>> make,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var staging = layout.NewStaging(uid);
        try
        {
            return await make(new StagedClone(staging, reservation.Budget));
        }
        finally
        {
            ThrowAway(staging, cancellationToken);
        }
    }

    /// <summary>
    /// What a clone that failed leaves goes at once, before others may have its part of the quota. When the operator ends, and where
    /// readers may still be in it, it goes the way of all trash; the next start takes what is left even so.
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
                DirectoryTree.Delete(staging);
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
}

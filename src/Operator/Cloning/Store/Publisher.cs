using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// Puts finished clones where consumers find them, and takes them away. Whatever kills the process, wherever: the clone's
/// path leads to a complete tree or to none.
/// </summary>
internal sealed class Publisher(
    StoreLayout layout,
    StoreOwner owner,
    Trash trash,
    StoreUsage usage,
    EntityCache<CodeRepo> codeRepos,
    DesiredClones desiredClones
)
{
    /// <summary>
    /// Guards the re-check and the rename after it: without it, two clones of one CodeRepo before and after a change of its
    /// spec could both pass the check, and the older one be renamed last.
    /// </summary>
    private readonly Lock _lock = new();

    /// <summary>Publishes a clone that is complete in its staging directory.</summary>
    /// <param name="staging">Where it was made, on the same file system.</param>
    /// <param name="desired">What it was made for.</param>
    /// <param name="marker">What it holds.</param>
    /// <param name="onlyFor">The clone that it may replace, and no other; null: whatever is there.</param>
    /// <returns>The published clone, or why it was not published: then nothing has changed.</returns>
    public Attempt<PublishedClone> Publish(string staging, DesiredClone desired, CloneMarker marker, PublishedClone? onlyFor = null)
    {
        try
        {
            WriteMarker(staging, marker);
            lock (_lock)
            {
                if (owner.Check() is { } problem)
                {
                    return problem;
                }

                if (!IsStillWanted(desired))
                {
                    return new CloneFailure(
                        Reasons.Superseded,
                        "The CodeRepo changed while its clone was made; the next one begins at once."
                    );
                }

                if (onlyFor is not null && !IsInPlace(onlyFor))
                {
                    return new CloneFailure(Reasons.Superseded, "Another clone of the CodeRepo was published while this one was made.");
                }

                usage.Published(desired.Key, marker.Size, MoveIntoPlaceWhileLocked(staging, layout.Clone(desired.Key)));
            }

            return layout.Volume.Look(StoreLayout.Marker(layout.Clone(desired.Key))) is { } written
                ? new PublishedClone(desired.Key, marker, written.ModifiedAt)
                : new CloneFailure(Reasons.StoreUnavailable, "The clone was published, and is not in its place any more.");
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return StoreFailure.From(error);
        }
    }

    /// <summary>Takes the clone of a CodeRepo away. That of another CodeRepo under the same name stays.</summary>
    /// <returns>Why it could not be taken away; null: it is gone.</returns>
    public CloneFailure? Remove(NamespacedName key, string uid)
    {
        try
        {
            lock (_lock)
            {
                if (owner.Check() is { } problem)
                {
                    return problem;
                }

                // Behind a link in place of the namespace's directory nothing is ours.
                var path = layout.Clone(key);
                if (layout.Volume.Look(path) is not null && !IsOfAnother(path, uid))
                {
                    usage.Removed(key, trash.Take(path));
                    layout.Volume.FlushParentOf(path);
                }
            }

            return null;
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return StoreFailure.From(error);
        }
    }

    /// <summary>
    /// Takes a clone away whose CodeRepo does not exist any more. Unlike <see cref="Remove"/> it takes nothing without a marker:
    /// nobody vouches that it is ours.
    /// </summary>
    /// <param name="key">Where it is.</param>
    /// <param name="uid">Of which CodeRepo it is: that of another one, made anew under the name, stays.</param>
    /// <returns>Whether it was there and is gone now; not when the store may not be written to.</returns>
    /// <exception cref="IOException">It could not be taken away.</exception>
    public bool TryRemoveOrphan(NamespacedName key, string uid)
    {
        lock (_lock)
        {
            var path = layout.Clone(key);
            if (owner.Check() is not null || codeRepos.Find(key)?.Metadata.Uid == uid || MarkerOf(path)?.Uid != uid)
            {
                return false;
            }

            usage.Removed(key, trash.Take(path));
            layout.Volume.FlushParentOf(path);
            return true;
        }
    }

    private void WriteMarker(string staging, CloneMarker marker)
    {
        using var git = layout.Volume.Find(GitPaths.DirectoryOf(staging)) ?? throw new DirectoryNotFoundException($"{staging} has no .git");
        marker.Write(git, StoreLayout.MarkerName);
        FileSystem.FlushFileSystemOf(git);
    }

    /// <returns>Where in the trash is what was replaced; null: nothing was.</returns>
    private string? MoveIntoPlaceWhileLocked(string staging, string path)
    {
        string? replaced = null;
        var volume = layout.Volume;
        volume.Make(Path.GetDirectoryName(path)!).Dispose();
        if (volume.Look(path) is null)
        {
            volume.Rename(staging, path);
        }
        else if (owner.CanExchange && volume.TryExchange(staging, path))
        {
            replaced = trash.Take(staging);
        }
        else
        {
            replaced = ReplaceInTwoSteps(staging, path);
        }

        volume.FlushParentOf(path);
        return replaced;
    }

    /// <summary>For file systems without exchange: readers meet a moment without the directory here.</summary>
    private string ReplaceInTwoSteps(string staging, string path)
    {
        var old = trash.Take(path);
        try
        {
            layout.Volume.Rename(staging, path);
            return old;
        }
        catch (IOException)
        {
            layout.Volume.Rename(old, path);
            throw;
        }
    }

    private bool IsStillWanted(DesiredClone desired) =>
        codeRepos.Find(desired.Key) is { Metadata.DeletionTimestamp: null, Spec.Suspend: false } now
        && desiredClones.Of(now).Value?.SameCloneAs(desired) == true;

    private bool IsInPlace(PublishedClone clone) =>
        layout.Volume.Look(StoreLayout.Marker(layout.Clone(clone.Key)))?.ModifiedAt == clone.MarkerWrittenAt;

    private bool IsOfAnother(string path, string uid) => MarkerOf(path) is { } marker && marker.Uid != uid;

    private CloneMarker? MarkerOf(string path)
    {
        using var git = layout.Volume.Find(GitPaths.DirectoryOf(path));
        return git is null ? null : MarkerFile.Read(git, StoreLayout.MarkerName);
    }
}

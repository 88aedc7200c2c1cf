using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>
/// Puts finished clones where consumers find them, and takes them away. Whatever kills the process, wherever: the clone's
/// path leads to a complete tree or to none.
/// </summary>
internal sealed class Publisher(StoreLayout layout, StoreOwner owner, Trash trash, EntityCache<CodeRepo> codeRepos)
{
    /// <summary>
    /// Guards the re-check and the rename after it: without it, two clones of one CodeRepo before and after a change of its
    /// spec could both pass the check, and the older one be renamed last.
    /// </summary>
    private readonly Lock _lock = new();

    /// <summary>Publishes a clone that is complete in its staging folder.</summary>
    /// <param name="staging">Where it was made, on the same file system.</param>
    /// <param name="wanted">What it was made for.</param>
    /// <param name="marker">What it holds.</param>
    /// <returns>The published clone, or why it was not published: then nothing has changed.</returns>
    public Attempt<PublishedClone> Publish(string staging, WantedClone wanted, CloneMarker marker)
    {
        try
        {
            marker.Write(StoreLayout.Marker(staging));
            FileSystem.FlushFileSystemOf(staging);
            lock (_lock)
            {
                if (owner.Problem() is { } problem)
                {
                    return problem;
                }

                if (!IsStillWanted(wanted))
                {
                    return new CloneFailure(Reasons.Superseded, "The CodeRepo changed while its clone was made; the next one begins at once.");
                }

                MoveIntoPlaceWhileLocked(staging, layout.Clone(wanted.Key));
            }

            return new PublishedClone(wanted.Key, marker, File.GetLastWriteTimeUtc(StoreLayout.Marker(layout.Clone(wanted.Key))));
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return StoreFailure.From(error);
        }
    }

    /// <summary>Takes the clone of a CodeRepo away. That of another CodeRepo under the same name stays.</summary>
    /// <returns>Why it could not be taken away; null: it is gone.</returns>
    public CloneFailure? Remove(EntityKey key, string uid)
    {
        try
        {
            lock (_lock)
            {
                if (owner.Problem() is { } problem)
                {
                    return problem;
                }

                var path = layout.Clone(key);
                if (Path.Exists(path) && !IsOfAnother(path, uid))
                {
                    trash.Take(path);
                    FileSystem.FlushFolder(Path.GetDirectoryName(path)!);
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
    public bool TryRemoveOrphan(EntityKey key, string uid)
    {
        lock (_lock)
        {
            var path = layout.Clone(key);
            if (owner.Problem() is not null
                || codeRepos.Find(key)?.Metadata.Uid == uid
                || CloneMarker.Find(StoreLayout.Marker(path))?.Uid != uid)
            {
                return false;
            }

            trash.Take(path);
            FileSystem.FlushFolder(Path.GetDirectoryName(path)!);
            return true;
        }
    }

    private void MoveIntoPlaceWhileLocked(string staging, string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(parent);
        if (!Path.Exists(path))
        {
            FileSystem.Rename(staging, path);
        }
        else if (owner.CanExchange && FileSystem.TryExchange(staging, path))
        {
            trash.Take(staging);
        }
        else
        {
            ReplaceInTwoSteps(staging, path);
        }

        FileSystem.FlushFolder(parent);
    }

    /// <summary>For file systems without exchange: readers meet a moment without the folder here.</summary>
    private void ReplaceInTwoSteps(string staging, string path)
    {
        var old = trash.Take(path);
        try
        {
            FileSystem.Rename(staging, path);
        }
        catch (IOException)
        {
            FileSystem.Rename(old, path);
            throw;
        }
    }

    private bool IsStillWanted(WantedClone wanted)
        => codeRepos.Find(wanted.Key) is { Metadata.DeletionTimestamp: null, Spec.Suspend: false } now
            && WantedClone.Of(now).Value?.SameCloneAs(wanted) == true;

    private static bool IsOfAnother(string path, string uid)
        => CloneMarker.Find(StoreLayout.Marker(path)) is { } marker && marker.Uid != uid;
}

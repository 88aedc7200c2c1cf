using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// The clones on the volume: finds them, opens them, takes them away. A clone that was whole before is found by one <c>stat</c> of its
/// marker.
/// </summary>
internal sealed class CloneStore(CloneInspector inspector, Publisher publisher, StoreLayout layout)
{
    private readonly ConcurrentDictionary<NamespacedName, PublishedClone> _known = new();
    private readonly CloneSiblings _siblings = new();

    /// <summary>The clones that were whole when last inspected.</summary>
    public IEnumerable<PublishedClone> Known => _known.Select(entry => entry.Value);

    /// <summary>Decides what is to be done for a CodeRepo. What is found whole is known from then on.</summary>
    public CloneDecision Decide(DesiredClone desired)
    {
        if (FindWarm(desired) is { } warm)
        {
            return new CloneDecision.Keep(warm);
        }

        var decision = CloneDecision.For(desired, inspector.Look(desired.Key));
        if (decision is CloneDecision.Keep keep)
        {
            Add(keep.Published);
        }

        return decision;
    }

    /// <summary>The clone that is there for a CodeRepo, of whatever spec.</summary>
    public PublishedClone? Find(NamespacedName key, string uid) =>
        inspector.Look(key).Published is { } clone && clone.Marker.Uid == uid ? clone : null;

    /// <summary>The clone of what is desired, if it was whole when last inspected and is still in its place: one <c>stat</c>.</summary>
    public PublishedClone? FindWarm(DesiredClone desired) => FindKnown(desired) is { } clone && Has(clone) ? clone : null;

    /// <summary>The clone of what is desired, if it was whole when last inspected; whether it still is, is not looked at.</summary>
    public PublishedClone? FindKnown(DesiredClone desired) =>
        _known.GetValueOrDefault(desired.Key) is { } clone && clone.Meets(desired) ? clone : null;

    /// <summary>
    /// A clone of the same repository that another CodeRepo of the namespace has: what it has need not be transferred. Not of another
    /// namespace: what this one's credentials could not read would be in its packs.
    /// </summary>
    /// <param name="desired">What is to be cloned.</param>
    /// <param name="commit">What its remote has: a clone that has this commit already is the best. Null: nobody knows yet.</param>
    /// <returns>The clone, which is whole as far as is known; null: there is none.</returns>
    public PublishedClone? FindSibling(DesiredClone desired, string? commit)
    {
        var repo = RepoIdentity.Of(desired.Url);
        return _siblings
            .Find(desired.Key.Namespace, repo)
            .Where(key => key != desired.Key)
            .Select(_known.GetValueOrDefault)
            .OfType<PublishedClone>()
            .Where(clone => RepoIdentity.TryParse(clone.Marker.Url) == repo && (clone.Marker.Depth == 0 || desired.Depth != 0))
            // A sparse one may lack what a whole one needs.
            .Where(clone => clone.Marker.Sparse is null || desired.Sparse is not null)
            .OrderByDescending(clone => clone.Marker.Commit == commit)
            .ThenByDescending(clone => clone.Marker.Sparse?.Asked == desired.Sparse)
            .ThenByDescending(clone => clone.Marker.ClonedAt)
            .FirstOrDefault(Has);
    }

    /// <summary>Adds a clone that is whole and in its place.</summary>
    public void Add(PublishedClone clone)
    {
        if (_known.GetValueOrDefault(clone.Key) is { } before && before.Marker.Url != clone.Marker.Url)
        {
            _siblings.Remove(before);
        }

        _known[clone.Key] = clone;
        _siblings.Add(clone);
    }

    /// <summary>Whether a clone is still the one in its place: not, when nobody knows.</summary>
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

    /// <summary>
    /// Opens a clone to be read: it stays the same tree while an update takes its place, until the grace period of what was replaced is
    /// over.
    /// </summary>
    /// <returns>Its directory; null: it is not the one in its place any more.</returns>
    /// <exception cref="IOException">The volume can't be read.</exception>
    public OpenDirectory? Open(PublishedClone clone)
    {
        var directory = layout.Volume.Find(layout.Clone(clone.Key));
        try
        {
            if (directory is null || IsInPlace(clone))
            {
                // What was in place before and after is what was opened.
                return directory;
            }
        }
        catch (IOException)
        {
            directory?.Dispose();
            throw;
        }

        directory.Dispose();
        return null;
    }

    /// <summary>Has a clone inspected before it is taken for whole again.</summary>
    /// <returns>Whether it was taken for whole.</returns>
    public bool Forget(PublishedClone clone)
    {
        if (!_known.TryRemove(KeyValuePair.Create(clone.Key, clone)))
        {
            return false;
        }

        _siblings.Remove(clone);
        return true;
    }

    /// <summary>Forgets all clones: another volume is mounted.</summary>
    public void Clear()
    {
        _known.Clear();
        _siblings.Clear();
    }

    /// <summary>Takes the clone of a CodeRepo off the volume.</summary>
    /// <returns>Why it is still there; null: it is gone.</returns>
    public CloneFailure? Remove(NamespacedName key, string uid)
    {
        if (_known.TryGetValue(key, out var clone) && clone.Marker.Uid == uid)
        {
            Forget(clone);
        }

        inspector.Forget(key);
        return publisher.Remove(key, uid);
    }

    /// <summary>Makes the namespace's directory, where a clone is to be published: what is in its way would be so in the end.</summary>
    /// <returns>Why it can't be made; null: it is there.</returns>
    public CloneFailure? MakeNamespaceDirectory(NamespacedName key)
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
    /// <exception cref="IOException">Nobody knows.</exception>
    private bool IsInPlace(PublishedClone clone) =>
        FileStatus.TryRead(
            FileStatus.CurrentDirectory,
            (byte[])[.. Encoding.UTF8.GetBytes(StoreLayout.Marker(layout.Clone(clone.Key))), 0],
            out var marker
        )
            ? marker.IsRegular && marker.ModifiedAt == clone.MarkerWrittenAt
        : NativeFile.IsAbsence(Marshal.GetLastPInvokeError()) ? false
        : throw NativeFile.LastError($"look at the marker of {clone.Key}");
}

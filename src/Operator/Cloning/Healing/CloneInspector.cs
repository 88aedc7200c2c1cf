using CodeRepoOperator.Cloning.Publishing;
using CodeRepoOperator.Runtime;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Looks whether a clone is whole by what a few file system calls tell: cheap enough for every clone every
/// <see cref="StoreOptions.VerifyInterval"/>. It reads names and two small files, no object and no file of the tree.
/// </summary>
internal sealed class CloneInspector(StoreLayout layout)
{
    /// <summary>Size of an index without entries: a header of 12 bytes and a checksum of 20 (git's index-format).</summary>
    private const int EmptyIndexSize = 32;

    /// <summary>Looks at the clone of a CodeRepo.</summary>
    public SeenClone Look(EntityKey key)
    {
        var path = layout.Clone(key);
        try
        {
            return LookAt(key, path);
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            // It vanished while it was looked at, or the volume fails: the clone that follows tells which.
            return new SeenClone(null, CloneLoss.MarkerUnreadable);
        }
    }

    private static SeenClone LookAt(EntityKey key, string path)
    {
        var markerPath = StoreLayout.Marker(path);
        if (!Directory.Exists(path))
        {
            return Lost(CloneLoss.FolderMissing);
        }

        if (!Directory.Exists(StoreLayout.GitFolder(path)))
        {
            return Lost(CloneLoss.GitFolderMissing);
        }

        if (!File.Exists(markerPath))
        {
            return Lost(CloneLoss.MarkerMissing);
        }

        var writtenAt = File.GetLastWriteTimeUtc(markerPath);
        if (CloneMarker.Read(markerPath) is not { } marker)
        {
            return Lost(CloneLoss.MarkerUnreadable);
        }

        return LossIn(path, marker) is { } loss ? Lost(loss) : new SeenClone(new PublishedClone(key, marker, writtenAt), null);
    }

    private static CloneLoss? LossIn(string path, CloneMarker marker)
    {
        var git = StoreLayout.GitFolder(path);
        if (!IsHeadOn(Path.Combine(git, "HEAD"), marker.Branch))
        {
            return CloneLoss.HeadUnreadable;
        }

        var index = new FileInfo(Path.Combine(git, "index"));
        if (!index.Exists || index.Length < EmptyIndexSize)
        {
            return CloneLoss.IndexMissing;
        }

        var packs = Path.Combine(git, "objects", "pack");
        if (!Directory.Exists(packs) || !Directory.EnumerateFiles(packs, "*.pack").Any())
        {
            return CloneLoss.ObjectsMissing;
        }

        return index.Length > EmptyIndexSize && !Directory.EnumerateFileSystemEntries(path).Skip(1).Any()
            ? CloneLoss.WorkingTreeEmpty
            : null;
    }

    private static bool IsHeadOn(string head, string branch)
        => File.Exists(head) && File.ReadAllText(head).TrimEnd('\n') == $"ref: refs/heads/{branch}";

    private static SeenClone Lost(CloneLoss loss) => new(null, loss);
}

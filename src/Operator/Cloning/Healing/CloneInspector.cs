using CodeRepoOperator.Cloning.Publishing;
using CodeRepoOperator.Runtime;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Looks whether a clone is whole by what a few file system calls tell: cheap enough for every clone every
/// <see cref="StoreOptions.VerifyInterval"/>. It reads names, sizes and three small files, no object and no file of the tree.
/// </summary>
internal sealed class CloneInspector(StoreLayout layout, KnownDamage damage)
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
            return Lost(CloneLoss.MarkerUnreadable);
        }
    }

    private SeenClone LookAt(EntityKey key, string path)
    {
        var markerPath = StoreLayout.Marker(path);
        if (!File.Exists(markerPath))
        {
            return Lost(
                !Directory.Exists(path) ? CloneLoss.FolderMissing
                : !Directory.Exists(StoreLayout.GitFolder(path)) ? CloneLoss.GitFolderMissing
                : CloneLoss.MarkerMissing);
        }

        var writtenAt = File.GetLastWriteTimeUtc(markerPath);
        if (CloneMarker.Read(markerPath) is not { } marker)
        {
            return Lost(CloneLoss.MarkerUnreadable);
        }

        var clone = new PublishedClone(key, marker, writtenAt);
        var loss = HeadLoss(path, marker)
            ?? PackLoss(path, marker.Contents)
            ?? IndexLoss(path, marker.Contents)
            ?? TreeLoss(path, marker.Contents)
            ?? damage.Of(clone);
        if (loss is null)
        {
            return new SeenClone(clone, null);
        }

        // When a clone took its place meanwhile, parts of two were compared.
        return File.GetLastWriteTimeUtc(markerPath) == writtenAt ? Lost(loss.Value) : LookAt(key, path);
    }

    private static CloneLoss? HeadLoss(string path, CloneMarker marker)
    {
        var git = StoreLayout.GitFolder(path);
        var reference = $"refs/heads/{marker.Branch}";
        if (FirstLineOf(Path.Combine(git, "HEAD")) != $"ref: {reference}")
        {
            return CloneLoss.HeadUnreadable;
        }

        return (FirstLineOf(Path.Combine(git, reference)) ?? PackedRef(git, reference)) == marker.Commit ? null : CloneLoss.RefMissing;
    }

    private static CloneLoss? PackLoss(string path, CloneContents? contents)
    {
        var folder = StoreLayout.Packs(path);
        foreach (var (name, size) in contents?.Packs ?? new Dictionary<string, long>())
        {
            var file = new FileInfo(Path.Combine(folder, name));
            if (!file.Exists)
            {
                return HasPack(folder) ? CloneLoss.PackMissing : CloneLoss.ObjectsMissing;
            }

            if (file.Length != size)
            {
                return CloneLoss.PackDamaged;
            }
        }

        if (contents is null)
        {
            return HasPack(folder) ? null : CloneLoss.ObjectsMissing;
        }

        var shallow = new FileInfo(StoreLayout.Shallow(path));
        return (shallow.Exists ? shallow.Length : (long?)null) == contents.ShallowSize ? null : CloneLoss.ShallowDamaged;
    }

    private static CloneLoss? IndexLoss(string path, CloneContents? contents)
    {
        var index = new FileInfo(StoreLayout.Index(path));
        if (!index.Exists || index.Length < EmptyIndexSize)
        {
            return CloneLoss.IndexMissing;
        }

        // Another size alone is no damage: `git status` writes the index anew.
        return contents is null || index.Length == contents.IndexSize || IndexChecksum.Holds(index.FullName) ? null : CloneLoss.IndexDamaged;
    }

    private static CloneLoss? TreeLoss(string path, CloneContents? contents)
    {
        var expected = contents?.TopLevel ?? (new FileInfo(StoreLayout.Index(path)).Length > EmptyIndexSize ? 1 : 0);
        var found = CloneContents.CountTopLevel(path);
        return found >= expected ? null : found == 0 ? CloneLoss.WorkingTreeEmpty : CloneLoss.TreeDamaged;
    }

    private static bool HasPack(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.pack").Any();

    private static string? FirstLineOf(string file) => File.Exists(file) ? File.ReadLines(file).FirstOrDefault() : null;

    /// <summary>Where `git pack-refs` puts the refs.</summary>
    private static string? PackedRef(string git, string reference)
    {
        var packed = Path.Combine(git, "packed-refs");
        return File.Exists(packed)
            ? File.ReadLines(packed).FirstOrDefault(line => line.EndsWith($" {reference}", StringComparison.Ordinal))?.Split(' ')[0]
            : null;
    }

    private static SeenClone Lost(CloneLoss loss) => new(null, loss);
}

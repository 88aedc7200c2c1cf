using System.Text;
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

    /// <summary>More than the first line of HEAD or of a ref may have: git takes names of 255 bytes.</summary>
    private const int LongestFirstLine = 512;

    /// <summary>Looks at the clone of a CodeRepo.</summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="known">Its clone as it was last seen: a marker that was not written since is not read again.</param>
    public SeenClone Look(EntityKey key, PublishedClone? known = null)
    {
        var path = layout.Clone(key);
        try
        {
            return LookAt(key, path, known);
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            // It vanished while it was looked at, or the volume fails: the clone that follows tells which.
            return Lost(CloneLoss.MarkerUnreadable);
        }
    }

    private SeenClone LookAt(EntityKey key, string path, PublishedClone? known)
    {
        var markerPath = StoreLayout.Marker(path);
        var file = new FileInfo(markerPath);
        if (!file.Exists)
        {
            return Lost(
                !Directory.Exists(path) ? CloneLoss.FolderMissing
                : !Directory.Exists(StoreLayout.GitFolder(path)) ? CloneLoss.GitFolderMissing
                : CloneLoss.MarkerMissing);
        }

        var writtenAt = file.LastWriteTimeUtc;
        if ((known?.MarkerWrittenAt == writtenAt ? known.Marker : CloneMarker.Read(markerPath)) is not { } marker)
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
        return File.GetLastWriteTimeUtc(markerPath) == writtenAt ? Lost(loss.Value) : LookAt(key, path, known: null);
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

    /// <summary>Without a FileStream, which would cost more calls of the system than all else that is looked at.</summary>
    private static string? FirstLineOf(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> bytes = stackalloc byte[LongestFirstLine];
            bytes = bytes[..RandomAccess.Read(file, bytes, fileOffset: 0)];
            return Encoding.UTF8.GetString(bytes.IndexOf((byte)'\n') is >= 0 and var end ? bytes[..end] : bytes);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

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

using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// Looks whether a clone is whole by what a few file system calls say: cheap enough for every clone every
/// <see cref="StoreOptions.VerifyInterval"/>. It reads names, sizes and three small files, no object and no file of the tree.
/// </summary>
internal sealed class CloneInspector(StoreLayout layout, KnownDamage damage)
{
    /// <summary>More than the first line of HEAD or of a ref may have: git takes names of 255 bytes.</summary>
    private const int LongestFirstLine = 512;

    /// <summary>In bytes; clones of ours are published without one, and git writes a line for each ref that a consumer fetched.</summary>
    private const int LongestPackedRefs = 16 * 1024 * 1024;

    /// <summary>How often a look begins anew because another clone took the place of the one that was looked at.</summary>
    private const int MaximumLooks = 8;

    /// <summary>Looks at the clone of a CodeRepo.</summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="known">Its clone as it was last seen: a marker that was not written since is not read again.</param>
    public ObservedClone Look(NamespacedName key, PublishedClone? known = null)
    {
        try
        {
            for (var look = 0; look < MaximumLooks; look++)
            {
                if (LookAt(key, layout.Clone(key), look == 0 ? known : null) is { } seen)
                {
                    return seen;
                }
            }

            return new ObservedClone(null, null, new CloneFailure(Reasons.StoreUnavailable, "The clone is being replaced all the time."));
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            // No descriptor left, a disk that fails, no permission: none of it says that anything is lost.
            return new ObservedClone(null, null, StoreFailure.From(error));
        }
    }

    /// <summary>Forgets what was found in the clones of a CodeRepo that is gone.</summary>
    public void Forget(NamespacedName key) => damage.Forget(key);

    /// <returns>What was seen; null: another clone took its place meanwhile.</returns>
    private ObservedClone? LookAt(NamespacedName key, string path, PublishedClone? known)
    {
        using var directory = layout.Volume.Find(path);
        using var git = directory?.Find(GitPaths.DirectoryName);
        if (git?.Look(StoreLayout.MarkerName) is not { } file)
        {
            return Lost(
                directory is null ? CloneLoss.FolderMissing
                : git is null ? CloneLoss.GitFolderMissing
                : CloneLoss.MarkerMissing
            );
        }

        var writtenAt = file.ModifiedAt;
        if (
            (known?.MarkerWrittenAt == writtenAt && file.IsRegular ? known.Marker : MarkerFile.Read(git, StoreLayout.MarkerName))
            is not { } marker
        )
        {
            return Lost(CloneLoss.MarkerUnreadable);
        }

        var clone = new PublishedClone(key, marker, writtenAt);
        var loss = HeadLoss(git, marker)
            ?? PackLoss(git, marker.Contents)
            ?? IndexLoss(git, marker.Contents)
            ?? TreeLoss(directory!, git, marker.Contents)
            ?? SubmoduleLoss(directory!, git, marker.Submodules)
            ?? damage.Of(clone);
        return loss is null ? new ObservedClone(clone, null)
            : layout.Volume.Look(StoreLayout.Marker(path))?.ModifiedAt == writtenAt ? Lost(loss.Value)
            : null;
    }

    private static CloneLoss? HeadLoss(OpenDirectory git, CloneMarker marker)
    {
        if (marker.Branch is not { } branch)
        {
            return FirstLineOf(git, GitPaths.HeadName) == marker.Commit ? null : CloneLoss.HeadUnreadable;
        }

        var reference = $"refs/heads/{branch}";
        if (FirstLineOf(git, GitPaths.HeadName) != $"ref: {reference}")
        {
            return CloneLoss.HeadUnreadable;
        }

        return (LooseRef(git, reference) ?? PackedRef(git, reference)) == marker.Commit ? null : CloneLoss.RefMissing;
    }

    private static CloneLoss? PackLoss(OpenDirectory git, CloneContents? contents)
    {
        using var packs = git.Find(GitPaths.PacksPath);
        foreach (var (name, size) in contents?.Packs ?? new Dictionary<string, long>())
        {
            if (packs?.Look(Encoding.UTF8.GetBytes(name)) is not { } pack)
            {
                return HasPack(packs) ? CloneLoss.PackMissing : CloneLoss.ObjectsMissing;
            }

            if (!pack.IsRegular || pack.Size != (ulong)size)
            {
                return CloneLoss.PackDamaged;
            }
        }

        if (contents is null)
        {
            return HasPack(packs) ? null : CloneLoss.ObjectsMissing;
        }

        return
            git.Look(GitPaths.ShallowName) is var shallow
            && shallow is null or { IsRegular: true }
            && (long?)shallow?.Size == contents.ShallowSize
            ? null
            : CloneLoss.ShallowDamaged;
    }

    private static CloneLoss? IndexLoss(OpenDirectory git, CloneContents? contents)
    {
        if (git.Look(GitPaths.IndexName) is not { IsRegular: true, Size: >= IndexFormat.EmptyLength } index)
        {
            return CloneLoss.IndexMissing;
        }

        // Another size alone is no damage: `git status` writes the index anew.
        return
            contents is null || index.Size == (ulong)contents.IndexSize || IndexChecksum.Holds(git, GitPaths.IndexName, contents.IndexSize)
            ? null
            : CloneLoss.IndexDamaged;
    }

    private static CloneLoss? TreeLoss(OpenDirectory clone, OpenDirectory git, CloneContents? contents)
    {
        var expected = contents?.TopLevel ?? (git.Look(GitPaths.IndexName)?.Size > IndexFormat.EmptyLength ? 1 : 0);
        var found = CloneContents.CountTopLevel(clone, expected);
        return found >= expected ? null
            : found == 0 ? CloneLoss.WorkingTreeEmpty
            : CloneLoss.TreeDamaged;
    }

    private static CloneLoss? SubmoduleLoss(OpenDirectory clone, OpenDirectory git, ClonedSubmodules? submodules)
    {
        foreach (var submodule in submodules?.Fetched ?? [])
        {
            using var tree = clone.Find(Encoding.UTF8.GetBytes(submodule.Path));
            using var modules = git.Find(Encoding.UTF8.GetBytes(submodule.Modules));
            if (
                tree?.Look(GitPaths.DirectoryName) is not { IsRegular: true }
                || modules is null
                || FirstLineOf(modules, GitPaths.HeadName) != submodule.Commit
            )
            {
                return CloneLoss.SubmoduleMissing;
            }
        }

        return null;
    }

    private static bool HasPack(OpenDirectory? packs) => packs?.Names().Any(name => GitPaths.IsPack(name)) == true;

    /// <summary>Without a FileStream, which would cost more calls of the system than all else that is looked at.</summary>
    private static string? FirstLineOf(OpenDirectory directory, ReadOnlySpan<byte> name)
    {
        using var file = directory.OpenFile(name, out _);
        if (file is null)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[LongestFirstLine];
        bytes = bytes[..RandomAccess.Read(file, bytes, fileOffset: 0)];
        return Encoding.UTF8.GetString(bytes.IndexOf((byte)'\n') is >= 0 and var end ? bytes[..end] : bytes);
    }

    private static string? LooseRef(OpenDirectory git, string reference)
    {
        var path = Encoding.UTF8.GetBytes(reference).AsSpan();
        var slash = path.LastIndexOf((byte)'/');
        using var directory = git.Find(path[..slash]);
        return directory is null ? null : FirstLineOf(directory, path[(slash + 1)..]);
    }

    /// <summary>Where `git pack-refs` puts the refs.</summary>
    private static string? PackedRef(OpenDirectory git, string reference)
    {
        if (git.ReadFile(GitPaths.PackedRefsName, LongestPackedRefs) is not { } packed)
        {
            return null;
        }

        var ending = Encoding.UTF8.GetBytes($" {reference}");
        foreach (var range in packed.AsSpan().Split((byte)'\n'))
        {
            if (packed.AsSpan(range).EndsWith(ending))
            {
                return Encoding.UTF8.GetString(packed.AsSpan(range)[..^ending.Length]);
            }
        }

        return null;
    }

    private static ObservedClone Lost(CloneLoss loss) => new(null, loss);
}

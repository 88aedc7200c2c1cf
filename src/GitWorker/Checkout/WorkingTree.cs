using System.Runtime.ExceptionServices;
using System.Text;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// Checks a commit out into a folder that holds nothing but <c>.git</c>, in several threads, and writes the index. libgit2's own
/// checkout works in one thread and takes twice the time. Files that an older clone has unchanged are linked, not written:
/// no file is ever opened for writing once it exists, so the older tree never changes.
/// </summary>
internal sealed class WorkingTree
{
    /// <summary>A piece of work: files of one folder. Small enough that threads end together, large enough to open a folder once for many.</summary>
    private const int FilesPerPiece = 64;

    /// <summary>The volume, not the processors, is the limit beyond.</summary>
    private const int MaximumThreads = 4;

    private readonly string _clone;
    private readonly string _objects;
    private readonly CloneQuota _quota;
    private readonly OmittedFiles _lfs = new();
    private TreeAttributes _attributes = new(ConvertLineEnds: false, UseLfs: false);

    /// <summary>Null: no file's attributes are looked up.</summary>
    private AttributeTime? _attributeTime;
    private WorkingFolder? _older;

    private WorkingTree(string clone, CloneQuota quota) => (_clone, _objects, _quota) = (clone, GitFolder.Of(clone).Objects, quota);

    /// <summary>Checks a commit out.</summary>
    /// <param name="clone">The folder.</param>
    /// <param name="commit">40 hexadecimal digits.</param>
    /// <param name="older">An older clone on the same file system, to link unchanged files from; null: none.</param>
    /// <param name="limits">How many files and folders the commit may have.</param>
    /// <param name="quota">How many bytes they may take.</param>
    /// <returns>What is not in the tree, since its content is kept elsewhere; null: nothing.</returns>
    /// <exception cref="RemoteFailureException">It can't be checked out.</exception>
    public static OmittedContent? CheckOut(string clone, string commit, string? older, TreeLimits limits, CloneQuota quota)
    {
        var tree = new WorkingTree(clone, quota);
        try
        {
            return tree.CheckOut(ObjectId.Parse(commit), older, limits);
        }
        catch (AggregateException errors)
        {
            // Of the threads; each stops at its first.
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
            throw;
        }
    }

    private OmittedContent? CheckOut(ObjectId commit, string? older, TreeLimits limits)
    {
        using var root = WorkingFolder.Open(_clone);
        List<TreeFolder> folders;
        List<TreeFile> files;
        using (var reader = new ObjectReader(_objects))
        {
            folders = TreeListing.Read(reader, reader.TreeOf(commit), limits);
            files = InOrder(folders);
            _attributes = TreeAttributes.Read(reader, files);
        }

        using var olderFolder = older is null ? null : FindOlder(older, files);
        _older = olderFolder;

        // Before the first is made. What may be linked is counted when it is.
        _quota.ChargeInodes(
            files.Count(file => file.Older is null && file.Mode != TreeFile.Submodule),
            folders.Count - 1 + files.Count(file => file.Mode == TreeFile.Submodule));
        _quota.ChargePiece(files.Sum(file => IndexFile.LengthOf(file) + LengthInFolder(file.Path)) + folders.Sum(folder => LengthInFolder(folder.Path)));
        foreach (var folder in folders.Skip(1))
        {
            root.MakeFolder(folder.Path);
        }

        var index = GitFolder.Of(_clone).Index;
        if (_attributes.ConvertLineEnds)
        {
            // Attributes are read out of the index as long as their files are not there: so these come last, and one by one.
            IndexFile.Write(index, files);
            _attributeTime = new AttributeTime(files.Count);
            _attributeTime.Watch(() => WriteAll(root, folders));
        }
        else
        {
            WriteAll(root, folders);
        }

        IndexFile.Write(index, files);
        return Omitted(files);
    }

    private void WriteAll(WorkingFolder root, List<TreeFolder> folders)
    {
        WriteAll(root, folders, file => !TreeAttributes.AreIn(file), Math.Min(Environment.ProcessorCount, MaximumThreads));
        WriteAll(root, folders, TreeAttributes.AreIn, threads: 1);
    }

    /// <summary>
    /// What a name takes in the folder that it is in: ext4 keeps eight bytes beside each, rounds up to four
    /// (<c>ext4_dir_rec_len</c>), and leaves the blocks of a large folder partly empty when it splits them.
    /// </summary>
    private static long LengthInFolder(byte[] path) => (path.Length - (path.AsSpan().LastIndexOf((byte)'/') + 1) + 11L) / 4 * 4 * 3 / 2;

    /// <summary>By the bytes of the whole path, as the index wants it: nearly the order of the trees, but for what lies in folders.</summary>
    internal static List<TreeFile> InOrder(List<TreeFolder> folders)
    {
        var files = folders.SelectMany(folder => folder.Files).ToList();
        files.Sort((one, other) => one.Path.AsSpan().SequenceCompareTo(other.Path));
        return files;
    }

    /// <summary>Finds out which files the older clone has unchanged, by its index.</summary>
    private static WorkingFolder? FindOlder(string older, List<TreeFile> files)
    {
        var path = GitFolder.Of(older).Index;
        if (!File.Exists(path))
        {
            return null;
        }

        using var index = GitIndex.Open(path);
        var before = Enumerable.Range(0, index.Count).Select(index.Read).ToList();
        if (!HaveSameAttributes(before, files))
        {
            return null;
        }

        var next = 0;
        foreach (var file in files)
        {
            while (next < before.Count && before[next].Path.AsSpan().SequenceCompareTo(file.Path) < 0)
            {
                next++;
            }

            if (next < before.Count && before[next] is var same && same.Path.AsSpan().SequenceEqual(file.Path)
                && same.Mode == file.Mode && file.Id == new ObjectId(same.Id))
            {
                file.Older = same.Stat;
            }
        }

        return WorkingFolder.Open(older);
    }

    /// <summary>Other attributes may turn the same blob into another file.</summary>
    private static bool HaveSameAttributes(List<GitIndexEntry> before, List<TreeFile> now) =>
        before.Where(entry => TreeAttributes.AreIn(entry.Mode, entry.Path)).Select(entry => (Convert.ToHexString(entry.Path), new ObjectId(entry.Id)))
            .SequenceEqual(now.Where(TreeAttributes.AreIn).Select(file => (Convert.ToHexString(file.Path), file.Id)));

    private void WriteAll(WorkingFolder root, List<TreeFolder> folders, Func<TreeFile, bool> isMeant, int threads)
    {
        var pieces = folders.SelectMany(folder => folder.Files.Where(isMeant).Chunk(FilesPerPiece).Select(files => (folder.Path, Files: files)));
        Parallel.ForEach(
            pieces,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => new Tools(new ObjectReader(_objects), _attributeTime is { } time ? new LineEndFilter(_clone, time.NewWorker()) : null),
            (piece, _, tools) =>
            {
                using var folder = root.Find(piece.Path) ?? throw new IOException("A folder of the working tree is gone.");
                using var older = _older?.Find(piece.Path);
                foreach (var file in piece.Files)
                {
                    file.Stat = Make(file, folder, older, tools);
                }

                return tools;
            },
            tools => tools.Dispose());
    }

    private IndexStat Make(TreeFile file, WorkingFolder folder, WorkingFolder? older, Tools tools)
    {
        if (file.Mode == TreeFile.Submodule)
        {
            // An empty folder, as git leaves it.
            folder.MakeFolder(file.Name);
            return default;
        }

        var executable = file.Mode == TreeFile.Executable;
        if (file.Mode != TreeFile.SymbolicLink
            && older is not null
            && file.Older is { } recorded
            && older.FindFile(file.Name, executable) is { } found
            && found.IsSameFileAs(recorded)
            && folder.TryLink(older, file.Name, out var linked))
        {
            _quota.ChargeShared(linked.Size, files: 1);
            if (_attributes.UseLfs && linked.Size < LfsPointer.MaximumLength)
            {
                using var small = tools.Reader.Read(file.Id, ObjectKind.Blob);
                Note(file, small.Data);
            }

            return linked;
        }

        if (file.Older is not null)
        {
            // It could not be linked after all.
            _quota.ChargeInodes(files: 1, folders: 0);
        }

        using var blob = tools.Reader.Read(file.Id, ObjectKind.Blob);
        _quota.ChargeFile(blob.Data.Length);
        if (file.Mode == TreeFile.SymbolicLink)
        {
            return MakeLink(file, folder, blob.Data);
        }

        if (_attributes.UseLfs)
        {
            Note(file, blob.Data);
        }

        return tools.LineEnds is null
            ? folder.WriteFile(file.Name, executable, blob.Data)
            : tools.LineEnds.Apply(file, blob.Data, Converted(folder, file, executable, blob.Data.Length));
    }

    /// <summary>The system ends a target at its first NUL, and so does git.</summary>
    private static IndexStat MakeLink(TreeFile file, WorkingFolder folder, ReadOnlySpan<byte> content)
    {
        var target = LinkTarget.Of(content);
        return target.IsEmpty
            ? throw new RemoteFailureException(
                Reasons.Unsupported,
                $"The repository holds a symbolic link that leads nowhere ({RemoteText.Escaped(Encoding.UTF8.GetString(file.Path))}: its target is "
                + "empty), which git can't make either: remove it on the branch, or choose another branch by spec.branch.")
            : folder.MakeSymbolicLink(file.Name, target);
    }

    /// <summary>Writes what line ends were converted in, which may be twice as long as the blob that was counted.</summary>
    private LineEndFilter.Writer Converted(WorkingFolder folder, TreeFile file, bool executable, int counted) => content =>
    {
        _quota.ChargePiece(Math.Max(content.Length - counted, 0));
        return folder.WriteFile(file.Name, executable, content);
    };

    private void Note(TreeFile file, ReadOnlySpan<byte> content)
    {
        if (LfsPointer.Is(content))
        {
            _lfs.Add(file.Path);
        }
    }

    private OmittedContent? Omitted(List<TreeFile> files)
    {
        var submodules = new OmittedFiles();
        foreach (var file in files.Where(file => file.Mode == TreeFile.Submodule))
        {
            submodules.Add(file.Path);
        }

        return submodules.IsEmpty && _lfs.IsEmpty ? null : new OmittedContent(submodules.ToPaths(), _lfs.ToPaths());
    }

    /// <summary>What each thread has for itself.</summary>
    private sealed record Tools(ObjectReader Reader, LineEndFilter? LineEnds) : IDisposable
    {
        public void Dispose()
        {
            LineEnds?.Dispose();
            Reader.Dispose();
        }
    }
}

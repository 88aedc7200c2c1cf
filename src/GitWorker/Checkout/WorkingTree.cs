using System.Runtime.ExceptionServices;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Checkout.Attributes;
using CodeRepoOperator.GitWorker.Checkout.Conversion;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.GitWorker.Packs;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// Checks a commit out into a directory that holds nothing but <c>.git</c>, in several threads, and writes the index. libgit2's own
/// checkout works in one thread and takes twice the time. Files that an older clone has unchanged are linked, not written:
/// no file is ever opened for writing once it exists, so the older tree never changes.
/// </summary>
internal sealed class WorkingTree
{
    /// <summary>
    /// A piece of work: files of one directory. Small enough that threads end together, large enough to open a directory once for many.
    /// </summary>
    private const int FilesPerPiece = 64;

    /// <summary>The volume, not the processors, is the limit beyond.</summary>
    private const int MaximumThreads = 4;

    private readonly GitDirectory _git;
    private readonly CloneQuota _quota;
    private readonly OmittedFiles _lfs = new();
    private readonly OmittedFiles _unencoded = new();
    private readonly TreeAttributes _attributes;
    private readonly AttributeBudget _attributeBudget;
    private readonly WorkingDirectory? _older;

    private WorkingTree(string clone, CloneQuota quota, TreeAttributes attributes, AttributeBudget attributeBudget, WorkingDirectory? older)
    {
        (_git, _quota) = (GitDirectory.Of(clone), quota);
        (_attributes, _attributeBudget, _older) = (attributes, attributeBudget, older);
    }

    /// <summary>Checks a commit out.</summary>
    /// <param name="clone">The directory.</param>
    /// <param name="commit">40 hexadecimal digits.</param>
    /// <param name="older">An older clone on the same file system, to link unchanged files from; null: none.</param>
    /// <param name="limits">How many files and directories the commit may have.</param>
    /// <param name="quota">How many bytes they may take.</param>
    /// <param name="cone">What of it a sparse clone has; null: all.</param>
    /// <returns>What is not in the tree, since its content is kept elsewhere; null: nothing.</returns>
    /// <exception cref="RemoteFailureException">It can't be checked out.</exception>
    public static OmittedContent? CheckOut(
        string clone,
        string commit,
        GitTree? older,
        TreeLimits limits,
        CloneQuota quota,
        SparseCone? cone = null
    )
    {
        try
        {
            return CheckOut(clone, ObjectId.Parse(commit), older, limits, quota, cone);
        }
        catch (AggregateException errors)
        {
            // Of the threads; each stops at its first.
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
            throw;
        }
    }

    private static OmittedContent? CheckOut(
        string clone,
        ObjectId commit,
        GitTree? older,
        TreeLimits limits,
        CloneQuota quota,
        SparseCone? cone
    )
    {
        List<TreeDirectory> directories;
        List<TreeFile> files;
        TreeAttributes attributes;
        using (var reader = new ObjectReader(GitDirectory.Of(clone).Objects))
        {
            directories = TreeListing.Read(reader, reader.TreeOf(commit), limits, cone);
            files = InOrder(directories);
            attributes = TreeAttributes.Read(reader, files.Where(HoldsAttributes).Select(file => (file.Path, file.Id)));
        }

        foreach (var directory in directories)
        {
            directory.Attributes = attributes.Of(directory.Path);
        }

        using var olderDirectory = older is null ? null : FindOlder(older, files, cone);
        var tree = new WorkingTree(clone, quota, attributes, new AttributeBudget(files.Count), olderDirectory);
        tree.Make(clone, directories, files);
        return tree.Omitted(files);
    }

    private void Make(string clone, List<TreeDirectory> directories, List<TreeFile> files)
    {
        var present = PresentDirectories.Of(directories);

        // Before the first is made. What may be linked is counted when it is.
        _quota.ChargeInodes(
            files.Count(file => file is { IsSkipped: false, Older: null } && file.Mode != TreeFile.Submodule),
            present.Count + files.Count(file => !file.IsSkipped && file.Mode == TreeFile.Submodule)
        );
        _quota.ChargePiece(files.Sum(LengthOf) + present.Sum(directory => LengthInDirectory(directory.Path)));
        using var root = WorkingDirectory.Open(clone);
        foreach (var directory in present)
        {
            root.MakeDirectory(directory.Path);
        }

        WriteAll(root, directories);
        WriteIndex(GitDirectory.Of(clone).Index, files);
    }

    private static void WriteIndex(string path, List<TreeFile> files)
    {
        using var index = new IndexWriter(path, files.Count, files.Exists(file => file.IsSkipped));
        foreach (var file in files)
        {
            var id = file.Id;
            if (file.IsSkipped)
            {
                index.AddSkipped(file.Path, file.Mode, id);
            }
            else
            {
                index.Add(file.Path, file.Mode, id, file.Stat);
            }
        }

        index.Finish();
    }

    /// <summary>What a file takes beside its content: in the index, and in the directory that it is in.</summary>
    private static long LengthOf(TreeFile file) =>
        file.IsSkipped ? IndexWriter.LengthOfSkipped(file.Path) : IndexWriter.LengthOf(file.Path) + LengthInDirectory(file.Path);

    /// <summary>
    /// What a name takes in the directory that it is in: ext4 keeps eight bytes beside each, rounds up to four
    /// (<c>ext4_dir_rec_len</c>), and leaves the blocks of a large directory partly empty when it splits them.
    /// </summary>
    private static long LengthInDirectory(byte[] path) => (path.Length - (path.AsSpan().LastIndexOf((byte)'/') + 1) + 11L) / 4 * 4 * 3 / 2;

    /// <summary>
    /// By the bytes of the whole path, as the index wants it: nearly the order of the trees, but for what lies in directories.
    /// </summary>
    internal static List<TreeFile> InOrder(List<TreeDirectory> directories)
    {
        var files = directories.SelectMany(directory => directory.Files).ToList();
        files.Sort((one, other) => one.Path.AsSpan().SequenceCompareTo(other.Path));
        return files;
    }

    /// <summary>Finds out which files the older clone has unchanged, by its index.</summary>
    private static WorkingDirectory? FindOlder(GitTree older, List<TreeFile> files, SparseCone? cone)
    {
        var directory = GitDirectory.Of(older);
        using var index = IndexReader.Find(older);
        if (index is null || (directory.HasAttributesOfItsOwn && files.Exists(HoldsAttributes)))
        {
            return null;
        }

        var before = index.ReadAll().ToList();
        if (!HaveSameAttributes(before, files, cone))
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

            if (
                next < before.Count
                && before[next] is var same
                && same.Path.AsSpan().SequenceEqual(file.Path)
                && !file.IsSkipped
                && !same.IsSkipped
                && same.Mode == file.Mode
                && file.Id == new ObjectId(same.Id)
            )
            {
                file.Older = same.Stat;
            }
        }

        return WorkingDirectory.Open(older.Directory);
    }

    /// <summary>
    /// Other attributes may turn the same blob into another file. Those that a sparse clone lacks have a say in no file that it has.
    /// </summary>
    private static bool HaveSameAttributes(List<IndexEntry> before, List<TreeFile> now, SparseCone? cone) =>
        before
            .Where(entry => TreeAttributes.AreIn(entry.Mode, entry.Path) && cone?.HasFilesOf(entry.Directory) != false)
            .Select(entry => (Convert.ToHexString(entry.Path), new ObjectId(entry.Id)))
            .SequenceEqual(now.Where(HoldsAttributes).Select(file => (Convert.ToHexString(file.Path), file.Id)));

    private static bool HoldsAttributes(TreeFile file) => !file.IsSkipped && TreeAttributes.AreIn(file.Mode, file.Path);

    private void WriteAll(WorkingDirectory root, List<TreeDirectory> directories)
    {
        var pieces = directories
            .Where(directory => !directory.IsSkipped)
            .SelectMany(directory => directory.Files.Chunk(FilesPerPiece).Select(files => (Directory: directory, Files: files)));
        using var largest = LargestPack.In(_git.Packs);
        Parallel.ForEach(
            pieces,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Min(Environment.ProcessorCount, MaximumThreads) },
            () => new Tools(new ObjectReader(_git.Objects), largest?.NewReader(), _attributes.NewLookup(_attributeBudget)),
            (piece, _, tools) =>
            {
                using var directory = root.Find(piece.Directory.Path) ?? throw new IOException("A directory of the working tree is gone.");
                using var older = _older?.Find(piece.Directory.Path);
                foreach (var file in piece.Files)
                {
                    var conversion = piece.Directory.Attributes is { } attributes
                        ? tools.Attributes.ConversionOf(attributes, file.Path, file.NameStart)
                        : default;
                    file.Stat = Make(file, conversion, directory, older, tools);
                }

                return tools;
            },
            tools => tools.Dispose()
        );
    }

    private IndexStat Make(TreeFile file, FileConversion conversion, WorkingDirectory directory, WorkingDirectory? older, Tools tools)
    {
        if (file.Mode == TreeFile.Submodule)
        {
            // An empty directory, as git leaves it.
            directory.MakeDirectory(file.Name);
            return default;
        }

        var executable = file.Mode == TreeFile.Executable;
        if (
            file.Mode != TreeFile.SymbolicLink
            && !conversion.IsLfs
            && older is not null
            && file.Older is { } recorded
            && older.FindFile(file.Name, executable) is { } found
            && found.IsSameFileAs(recorded)
            && directory.TryLink(older, file.Name, out var linked)
        )
        {
            _quota.ChargeShared(linked.Size, files: 1);
            NoteLinked(file, conversion, tools);
            return linked;
        }

        if (file.Older is not null)
        {
            // It could not be linked after all.
            _quota.ChargeInodes(files: 1, directories: 0);
        }

        if (tools.Largest is { } largest && largest.TryRead(file.Id, out var content))
        {
            return Write(file, content, conversion, directory, tools);
        }

        using var blob = tools.Reader.Read(file.Id, ObjectKind.Blob);
        return Write(file, blob.Data, conversion, directory, tools);
    }

    private IndexStat Write(TreeFile file, ReadOnlySpan<byte> content, FileConversion conversion, WorkingDirectory directory, Tools tools)
    {
        _quota.ChargeFile(content.Length);
        if (file.Mode == TreeFile.SymbolicLink)
        {
            return MakeLink(file, directory, content);
        }

        NotePointer(file, content, conversion);
        return directory.WriteFile(
            file.Name,
            file.Mode == TreeFile.Executable,
            conversion.IsNone ? content : Converted(file, content, conversion, tools)
        );
    }

    /// <summary>The system ends a target at its first NUL, and so does git.</summary>
    private static IndexStat MakeLink(TreeFile file, WorkingDirectory directory, ReadOnlySpan<byte> content)
    {
        var target = LinkTarget.Of(content);
        return target.IsEmpty
            ? throw new RemoteFailureException(
                Reasons.Unsupported,
                $"The repository holds a symbolic link that leads nowhere ({RemoteText.Escaped(Encoding.UTF8.GetString(file.Path))}: "
                    + "its target is "
                    + "empty), which git can't make either: remove it on the branch, or choose another branch by spec.branch."
            )
            : directory.MakeSymbolicLink(file.Name, target);
    }

    /// <summary>Makes of a blob, which was counted, what its attributes ask for, which may be several times as long.</summary>
    private ReadOnlySpan<byte> Converted(TreeFile file, ReadOnlySpan<byte> content, FileConversion conversion, Tools tools)
    {
        var converted = tools.Converter.Convert(content, file.Id, conversion, out var isEncoded);
        _quota.ChargePiece(Math.Max(converted.Length - content.Length, 0));
        NoteEncoding(file, conversion, isEncoded);
        return converted;
    }

    /// <summary>What the older clone could not encode, this one can't either; its blob says so.</summary>
    private void NoteLinked(TreeFile file, FileConversion conversion, Tools tools)
    {
        if (conversion.Encoding is null)
        {
            return;
        }

        using var blob = tools.Reader.Read(file.Id, ObjectKind.Blob);
        _ = tools.Converter.Convert(blob.Data, file.Id, conversion, out var isEncoded);
        NoteEncoding(file, conversion, isEncoded);
    }

    private void NotePointer(TreeFile file, ReadOnlySpan<byte> content, FileConversion conversion)
    {
        if (conversion.IsLfs && LfsPointer.Is(content))
        {
            _lfs.Add(file.Path);
        }
    }

    private void NoteEncoding(TreeFile file, FileConversion conversion, bool isEncoded)
    {
        if (!isEncoded)
        {
            _unencoded.Add(file.Path, conversion.Encoding);
        }
    }

    private OmittedContent? Omitted(List<TreeFile> files)
    {
        var submodules = new OmittedFiles();
        foreach (var file in files.Where(file => !file.IsSkipped && file.Mode == TreeFile.Submodule))
        {
            submodules.Add(file.Path);
        }

        return submodules.IsEmpty && _lfs.IsEmpty && _unencoded.IsEmpty
            ? null
            : new OmittedContent(submodules.ToPaths(), _lfs.ToPaths(), _unencoded.IsEmpty ? null : _unencoded.ToPaths());
    }

    /// <summary>What each thread has for itself.</summary>
    private sealed record Tools(ObjectReader Reader, BlobReader? Largest, AttributeLookup Attributes) : IDisposable
    {
        public ContentConverter Converter { get; } = new();

        public void Dispose()
        {
            Reader.Dispose();
            Largest?.Dispose();
        }
    }
}

using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Submodules;
using CodeRepoOperator.Text;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Api.Archives;

/// <summary>
/// Makes a tar file of a working tree: what git's index lists, and the indexes of the submodules that it has, in its order, which is also
/// that of <c>git archive</c>. The tree stays the one that was opened when another takes its place. What is not as git's index has it ends
/// the archive: half a tree must not pass for one.
/// </summary>
internal sealed class TreeArchive : IDisposable
{
    /// <summary>As long as a link's target can be.</summary>
    private const int LongestTarget = 4096;

    private readonly OpenDirectory _tree;
    private readonly TreeIndex _index;
    private readonly ArchivePath _path;
    private readonly SparseCone? _cone;
    private IndexEntry? _next;

    private TreeArchive(OpenDirectory tree, TreeIndex index, ArchivePath path, SparseCone? cone) =>
        (_tree, _index, _path, _cone) = (tree, index, path, cone);

    /// <summary>Whether there is anything of what was asked for. The whole tree of a commit may be empty.</summary>
    public bool IsFound => _next is not null || _path == ArchivePath.Whole;

    /// <summary>Opens a tree and looks for the first file that is asked for.</summary>
    /// <param name="tree">The clone. It is disposed of with this.</param>
    /// <param name="submodules">The submodules that the clone has.</param>
    /// <param name="path">What of it.</param>
    /// <param name="sparse">The folders that the clone has; null: all.</param>
    public static TreeArchiveResult Open(
        OpenDirectory tree,
        IReadOnlyList<SubmodulePlace> submodules,
        ArchivePath path,
        SparseFolders? sparse = null
    )
    {
        try
        {
            if (TreeIndex.Find(tree, submodules) is not { } index)
            {
                tree.Dispose();
                return new TreeArchiveResult(null, new ArchiveFlaw("git's index is missing", IsDamage: true));
            }

            var archive = new TreeArchive(tree, index, path, sparse is null ? null : new SparseCone(sparse));
            if (archive.Advance() is not { } flaw)
            {
                return new TreeArchiveResult(archive, null);
            }

            archive.Dispose();
            return new TreeArchiveResult(null, flaw);
        }
        catch (IOException error)
        {
            tree.Dispose();
            return new TreeArchiveResult(null, new ArchiveFlaw(ForeignText.Shown(error.Message), IsDamage: false));
        }
    }

    /// <param name="output">Where to. It is not closed.</param>
    /// <param name="commit">40 hexadecimal digits.</param>
    /// <param name="committedAt">The time of all entries, in seconds since 1970.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why it is not whole; null: it is.</returns>
    /// <exception cref="IOException">The output can't be written to.</exception>
    public async Task<ArchiveFlaw?> WriteAsync(Stream output, string commit, long committedAt, CancellationToken cancellationToken)
    {
        var tar = new TarWriter(output, commit, committedAt);
        await tar.BeginAsync(cancellationToken);
        using var place = new ArchivePlace(_tree);
        while (_next is { } file)
        {
            foreach (var directory in place.NewDirectories(file))
            {
                await tar.DirectoryAsync(directory, commit, cancellationToken);
            }

            if (await WriteAsync(tar, file, place, cancellationToken) is { } flaw)
            {
                return flaw;
            }

            if (Advance() is { } unread)
            {
                return unread;
            }
        }

        await tar.EndAsync(cancellationToken);
        return null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _index.Dispose();
        _tree.Dispose();
    }

    private static async Task<ArchiveFlaw?> WriteAsync(
        TarWriter tar,
        IndexEntry file,
        ArchivePlace place,
        CancellationToken cancellationToken
    )
    {
        var id = Convert.ToHexStringLower(file.Id);
        if (file.IsSubmodule)
        {
            await tar.DirectoryAsync((byte[])[.. file.Path, (byte)'/'], id, cancellationToken);
            return null;
        }

        try
        {
            if (place.GoTo(file.Directory) is not { } directory)
            {
                return Damaged(file, "its directory is missing");
            }

            if (file.IsLink)
            {
                return directory.ReadLink(file.Name, LongestTarget) is { } target && file.HasSize((ulong)target.Length)
                    ? await LinkAsync(target)
                    : Damaged(file, "no link, or one that leads elsewhere");
            }

            using var content = Open(directory, file.Name, out var status);
            return content is null ? Damaged(file, "missing, or no regular file")
                : !file.HasSize(status.Size) ? Damaged(file, $"has {status.Size} bytes, and {file.Stat.Size} when it was published")
                : await tar.FileAsync(file.Path, file.IsExecutable, id, content, (long)status.Size, cancellationToken) ? null
                : Damaged(file, "became shorter while it was read");
        }
        catch (FileUnreadableException error)
        {
            return new ArchiveFlaw($"{file.Shown}: {ForeignText.Shown(error.Message)}", IsDamage: false);
        }

        async Task<ArchiveFlaw?> LinkAsync(byte[] target)
        {
            await tar.LinkAsync(file.Path, target, id, cancellationToken);
            return null;
        }
    }

    private static SafeFileHandle? Open(OpenDirectory directory, ReadOnlySpan<byte> name, out FileStatus status)
    {
        try
        {
            return directory.OpenFile(name, out status);
        }
        catch (IOException error)
        {
            throw new FileUnreadableException(error);
        }
    }

    /// <summary>Goes on to the next file that is asked for; all of a directory come one after the other.</summary>
    private ArchiveFlaw? Advance()
    {
        try
        {
            var began = _next is not null;
            do
            {
                _next = NextPresent();
                if (_next is { Stage: not 0 })
                {
                    return Damaged(_next, "in a merge with conflicts");
                }
            } while (!began && _next is not null && !_path.Has(_next.Path));
            if (_next is not null && !_path.Has(_next.Path))
            {
                while (_index.Next() is not null)
                {
                    // Only whether it can be read to its end counts.
                }

                _next = null;
            }

            return null;
        }
        catch (InvalidDataException error)
        {
            return new ArchiveFlaw(ForeignText.Shown(error.Message), IsDamage: true);
        }
        catch (IOException error)
        {
            return new ArchiveFlaw(ForeignText.Shown(error.Message), IsDamage: false);
        }
    }

    /// <summary>What a sparse clone is not to have is left out. What it lacks beyond that is missing.</summary>
    private IndexEntry? NextPresent()
    {
        IndexEntry? entry;
        do
        {
            entry = _index.Next();
        } while (entry is { IsSkipped: true } && _cone?.HasFilesOf(entry.Directory) == false);

        return entry;
    }

    private static ArchiveFlaw Damaged(IndexEntry file, string what) => new($"{file.Shown}: {what}", IsDamage: true);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Worker;
using LibGit2Sharp;
using Microsoft.Win32.SafeHandles;
using IndexEntry = CodeRepoOperator.Remotes.GitFiles.IndexEntry;
using ObjectId = LibGit2Sharp.ObjectId;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Compares the working tree with git's index by content: times say nothing after a volume was restored. What <c>.gitattributes</c>
/// has a checkout convert is no difference; nor are line ends, whichever way. Empty directories are none either, as in git.
/// </summary>
/// <param name="clone">The clone.</param>
/// <param name="submodules">The paths in it where submodules are, which are looked at by themselves.</param>
/// <param name="lfs">Whether its files of Git LFS were fetched.</param>
/// <param name="pace">How fast it is read.</param>
internal sealed class TreeCheck(GitTree clone, IReadOnlySet<string> submodules, LfsState lfs, Pace pace) : IDisposable
{
    private const int BufferSize = 128 * 1024;

    // Looking a file up costs about as much as reading one more page.
    private const int LookUpCost = 4096;

    // What a blob of a link is read into memory for; what is behind a NUL has no limit of its own.
    private const int LongestLink = 16 * 1024 * 1024;

    private readonly RawDirectory _root = RawDirectory.Open(clone.Directory);
    private readonly ConvertedContent _converted = new(clone);
    private readonly byte[] _buffer = new byte[BufferSize];
#pragma warning disable CA5350 // Git's own format; it shows damage, not forgery.
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350

    /// <summary>The first file that is damaged, missing or foreign; null: none is.</summary>
    /// <exception cref="IOException">One can't be read.</exception>
    public async Task<CheckFinding?> FindAsync(CancellationToken cancellationToken)
    {
        using var repository = new Repository(clone.GitDirectory);
        using var index = IndexReader.Open(clone);
        var modesCount = repository.Config.Get<bool>("core.filemode")?.Value ?? true;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var isSparse = false;
        while (index.Next() is { } entry)
        {
            if (entry.IsSkipped)
            {
                // That it is to be skipped was compared with the commit; if it is there, it is foreign.
                isSparse = true;
                continue;
            }

            names.Add(NameOf(entry.Path));
            if (!entry.IsSubmodule && await FlawOfAsync(entry, repository, modesCount, cancellationToken) is { } flaw)
            {
                return new CheckFinding(CloneDamage.Tree, $"{entry.Shown}: {flaw}");
            }
        }

        return FindForeign(names) is { } foreign
            ? new CheckFinding(CloneDamage.Tree, $"{foreign}: not in the commit" + (isSparse ? ", or outside spec.sparse" : ""))
            : null;
    }

    public void Dispose()
    {
        _root.Dispose();
        _converted.Dispose();
        _hash.Dispose();
    }

    private async Task<string?> FlawOfAsync(IndexEntry entry, Repository repository, bool modesCount, CancellationToken cancellationToken)
    {
        var path = entry.Path;
        await pace.SpendAsync(LookUpCost, cancellationToken);
        var file = _root.Look(path);
        return file switch
        {
            null => "missing",
            { IsLink: true } when entry.IsLink => LeadsTo(_root.ReadLink(path, (long)file.Value.Size), entry, repository)
                ? null
                : "leads elsewhere",
            { IsRegular: true } when !entry.IsLink => modesCount && file.Value.IsExecutable != entry.IsExecutable
                ? "executable or not, unlike the commit"
            : await HasContentAsync(path, (long)file.Value.Size, entry, repository, cancellationToken) ? null
            : "changed",
            _ => "not a file, or a link for a file",
        };
    }

    private async Task<bool> HasContentAsync(
        byte[] path,
        long size,
        IndexEntry entry,
        Repository repository,
        CancellationToken cancellationToken
    )
    {
        using var file = _root.OpenFile(path);
        if (lfs != LfsState.Pointers && _converted.FindPointer(entry) is { } pointer)
        {
            if (size == pointer.Size && await HasDigestAsync(file, pointer, cancellationToken))
            {
                return true;
            }

            if (lfs == LfsState.Files)
            {
                return false;
            }
        }

        return (await HashOfAsync(file, size, cancellationToken)).AsSpan().SequenceEqual(entry.Id)
            || _converted.IsIn(file, entry)
            || DiffersInLineEndsOnly(file, repository.Lookup<Blob>(new ObjectId(entry.Id)));
    }

    /// <summary>The system ends a target at the first NUL of what was committed, and git takes that for no change.</summary>
    private bool LeadsTo(byte[] target, IndexEntry entry, Repository repository)
    {
        if (HashOf(target).SequenceEqual(entry.Id))
        {
            return true;
        }

        if (repository.Lookup<Blob>(new ObjectId(entry.Id)) is not { Size: <= LongestLink } committed)
        {
            return false;
        }

        using var content = committed.GetContentStream();
        var whole = new byte[committed.Size];
        content.ReadExactly(whole);
        return LinkTarget.Of(whole).SequenceEqual(target);
    }

    private static bool DiffersInLineEndsOnly(SafeFileHandle file, Blob? committed)
    {
        if (committed is null)
        {
            return false;
        }

        using var found = new FileStream(file, FileAccess.Read, BufferSize);
        using var content = committed.GetContentStream();
        using var desired = new BufferedStream(content, BufferSize);
        return LineEnds.AreAllThatDiffers(found, desired);
    }

    private async Task<bool> HasDigestAsync(SafeFileHandle file, LfsPointer pointer, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        return Convert.ToHexStringLower(await HashOfAsync(file, hash, cancellationToken)) == pointer.Oid;
    }

    private Task<byte[]> HashOfAsync(SafeFileHandle file, long size, CancellationToken cancellationToken)
    {
        BeginBlob(size);
        return HashOfAsync(file, _hash, cancellationToken);
    }

    private async Task<byte[]> HashOfAsync(SafeFileHandle file, IncrementalHash hash, CancellationToken cancellationToken)
    {
        var position = 0L;
        for (int read; (read = RandomAccess.Read(file, _buffer, position)) > 0; position += read)
        {
            hash.AppendData(_buffer, 0, read);
            await pace.SpendAsync(read, cancellationToken);
        }

        return hash.GetHashAndReset();
    }

    private ReadOnlySpan<byte> HashOf(byte[] content)
    {
        BeginBlob(content.Length);
        _hash.AppendData(content);
        return _hash.GetHashAndReset();
    }

    private void BeginBlob(long size) =>
        _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));

    /// <summary>The first file that is not in the index; git's own directory and empty ones are nothing to git.</summary>
    private string? FindForeign(HashSet<string> names)
    {
        var pending = new Stack<byte[]>([
            [],
        ]);
        while (pending.TryPop(out var directory))
        {
            if (_root.List(directory) is not { } entries)
            {
                // It goes deeper than any path that git checks out.
                return Shown(directory);
            }

            // In one order, so that a clone made again has the same finding.
            entries.Sort((one, other) => one.Name.AsSpan().SequenceCompareTo(other.Name));
            foreach (var (name, isDirectory) in entries)
            {
                var path = RawDirectory.Combine(directory, name);
                if (path.AsSpan().SequenceEqual(GitPaths.DirectoryName) || (isDirectory && submodules.Contains(NameOf(path))))
                {
                    continue;
                }

                if (isDirectory)
                {
                    pending.Push(path);
                }
                else if (!names.Contains(NameOf(path)))
                {
                    return Shown(path);
                }
            }
        }

        return null;
    }

    /// <summary>A text for each sequence of bytes, and another for each.</summary>
    internal static string NameOf(byte[] path) => Encoding.Latin1.GetString(path);

    private static string Shown(byte[] path) => RemoteText.Escaped(Encoding.UTF8.GetString(path));
}

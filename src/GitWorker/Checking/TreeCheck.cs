using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Cloning.Remotes.Worker;
using LibGit2Sharp;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Compares the working tree with git's index by content: times say nothing after a volume was restored. Line ends that
/// <c>.gitattributes</c> has converted are no difference. Empty folders are none either, as in git.
/// </summary>
internal sealed class TreeCheck(string clone, Pace pace) : IDisposable
{
    private const int BufferSize = 128 * 1024;

    // Looking a file up costs about as much as reading one more page.
    private const int LookUpCost = 4096;

    private readonly byte[] _root = Encoding.UTF8.GetBytes(clone + '/');
    private readonly byte[] _buffer = new byte[BufferSize];
#pragma warning disable CA5350 // Git's own format; it tells damage, not forgery.
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350

    /// <summary>The first file that is damaged, missing or foreign; null: none is.</summary>
    /// <exception cref="IOException">One can't be read.</exception>
    public async Task<CheckFinding?> FindAsync(CancellationToken cancellationToken)
    {
        using var repository = new Repository(clone);
        using var index = GitIndex.Open(GitFolder.Of(clone).Index);
        var modesCount = repository.Config.Get<bool>("core.filemode")?.Value ?? true;
        var names = new HashSet<string>(index.Count, StringComparer.Ordinal);
        for (var i = 0; i < index.Count; i++)
        {
            var entry = index.Read(i);
            names.Add(entry.Name);
            if (!entry.IsSubmodule && await FlawOfAsync(entry, repository, modesCount, cancellationToken) is { } flaw)
            {
                return new CheckFinding(CloneDamage.Tree, $"{entry.Shown}: {flaw}");
            }
        }

        return Files().FirstOrDefault(file => !names.Contains(file)) is { } foreign
            ? new CheckFinding(CloneDamage.Tree, $"{RemoteText.Escaped(foreign)}: not in the commit")
            : null;
    }

    public void Dispose() => _hash.Dispose();

    private async Task<string?> FlawOfAsync(GitIndexEntry entry, Repository repository, bool modesCount, CancellationToken cancellationToken)
    {
        byte[] path = [.. _root, .. entry.Path, 0];
        await pace.SpendAsync(LookUpCost, cancellationToken);
        var file = RawFile.Look(path);
        return file switch
        {
            null => "missing",
            { IsLink: true } when entry.IsLink => HashOf(RawFile.ReadLink(path, (long)file.Value.Size)).SequenceEqual(entry.Id) ? null : "leads elsewhere",
            { IsRegular: true } when !entry.IsLink =>
                modesCount && file.Value.IsExecutable != entry.IsExecutable ? "executable or not, unlike the commit"
                : await HasContentAsync(path, (long)file.Value.Size, entry, repository, cancellationToken) ? null
                : "changed",
            _ => "not a file, or a link for a file",
        };
    }

    private async Task<bool> HasContentAsync(
        byte[] path, long size, GitIndexEntry entry, Repository repository, CancellationToken cancellationToken)
    {
        using var file = RawFile.Open(path);
        return (await HashOfAsync(file, size, cancellationToken)).AsSpan().SequenceEqual(entry.Id)
            || DiffersInLineEndsOnly(file, repository.Lookup<Blob>(new ObjectId(entry.Id)));
    }

    private static bool DiffersInLineEndsOnly(SafeFileHandle file, Blob? committed)
    {
        if (committed is null)
        {
            return false;
        }

        using var found = new FileStream(file, FileAccess.Read, BufferSize);
        using var content = committed.GetContentStream();
        using var wanted = new BufferedStream(content, BufferSize);
        return LineEnds.AreAllThatDiffers(found, wanted);
    }

    private async Task<byte[]> HashOfAsync(SafeFileHandle file, long size, CancellationToken cancellationToken)
    {
        BeginBlob(size);
        var position = 0L;
        for (int read; (read = RandomAccess.Read(file, _buffer, position)) > 0; position += read)
        {
            _hash.AppendData(_buffer, 0, read);
            await pace.SpendAsync(read, cancellationToken);
        }

        return _hash.GetHashAndReset();
    }

    private ReadOnlySpan<byte> HashOf(byte[] content)
    {
        BeginBlob(content.Length);
        _hash.AppendData(content);
        return _hash.GetHashAndReset();
    }

    private void BeginBlob(long size) => _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));

    /// <summary>All files but git's own. A folder whose name is no text is not gone into, since .NET can't name it.</summary>
    private FileSystemEnumerable<string> Files() => new(
        clone,
        (ref FileSystemEntry entry) => Relative(ref entry),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !IsFolder(ref entry) && !IsGitFolder(ref entry),
        ShouldRecursePredicate = (ref FileSystemEntry entry) =>
            IsFolder(ref entry) && !IsGitFolder(ref entry) && !entry.FileName.Contains('\uFFFD'),
    };

    private static string Relative(ref FileSystemEntry entry)
        => entry.Directory.Length == entry.RootDirectory.Length
            ? entry.FileName.ToString()
            : $"{entry.Directory[entry.RootDirectory.Length..].TrimStart('/')}/{entry.FileName}";

    private static bool IsFolder(ref FileSystemEntry entry) => entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    private static bool IsGitFolder(ref FileSystemEntry entry)
        => entry.Directory.Length == entry.RootDirectory.Length && entry.FileName.SequenceEqual(".git");
}

using System.Security.Cryptography;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>
/// The files of Git LFS in a git directory, by their digests, where <c>git lfs</c> has them too. Each is there whole or not at all.
/// </summary>
/// <param name="git">Full path of the git directory.</param>
internal sealed class LfsStore(string git)
{
    /// <summary>
    /// So much before now is when a file changed last, for git: what has changed in the same second as its index it reads again to see
    /// whether it is as committed, and without Git LFS it would not know it.
    /// </summary>
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(10);

    private string Root => Path.Combine(git, "lfs");

    /// <summary>The directory that a file is in.</summary>
    public string DirectoryOf(LfsPointer pointer) => Path.Combine(Root, "objects", pointer.Oid[..2], pointer.Oid[2..4]);

    /// <summary>Where a file is.</summary>
    public string PathOf(LfsPointer pointer) => Path.Combine(DirectoryOf(pointer), pointer.Oid);

    /// <summary>Whether a file is there.</summary>
    public bool Has(LfsPointer pointer) =>
        new FileInfo(PathOf(pointer)) is { Exists: true, LinkTarget: null } file && file.Length == pointer.Size;

    /// <summary>Makes the directory of a file, and those above it.</summary>
    /// <param name="pointer">The file.</param>
    /// <param name="quota">What they may take.</param>
    public void MakeDirectory(LfsPointer pointer, CloneQuota quota)
    {
        var pending = new Stack<string>();
        for (
            var directory = DirectoryOf(pointer);
            directory != git && !Directory.Exists(directory);
            directory = Path.GetDirectoryName(directory)!
        )
        {
            pending.Push(directory);
        }

        quota.ChargeInodes(0, pending.Count);
        foreach (var directory in pending)
        {
            Directory.CreateDirectory(directory);
        }
    }

    /// <summary>Links a file of an older clone, if it is there and has the content that its name says.</summary>
    /// <returns>Whether it is here now.</returns>
    public async Task<bool> TryLinkAsync(LfsStore older, LfsPointer pointer, CloneQuota quota, CancellationToken cancellationToken)
    {
        if (!older.Has(pointer) || !await older.HoldsAsync(pointer, cancellationToken))
        {
            return false;
        }

        MakeDirectory(pointer, quota);
        if (Libc.link(older.PathOf(pointer), PathOf(pointer)) != 0)
        {
            // No links left, or another file system: it is fetched.
            return false;
        }

        quota.ChargeShared(pointer.Size, files: 1);
        return true;
    }

    /// <summary>Begins a file.</summary>
    public FileStream New(LfsPointer pointer)
    {
        var path = PartOf(pointer);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: false);
    }

    /// <summary>Puts a file that is complete into its place.</summary>
    public void Commit(LfsPointer pointer)
    {
        File.SetLastWriteTimeUtc(PartOf(pointer), TimeProvider.System.GetUtcNow().UtcDateTime - Age);
        File.Move(PartOf(pointer), PathOf(pointer), overwrite: true);
    }

    /// <summary>Removes what is not complete.</summary>
    public void Close()
    {
        if (Directory.Exists(Parts))
        {
            Directory.Delete(Parts, recursive: true);
        }
    }

    private string Parts => Path.Combine(Root, "incomplete");

    private string PartOf(LfsPointer pointer) => Path.Combine(Parts, pointer.Oid);

    private async Task<bool> HoldsAsync(LfsPointer pointer, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(PathOf(pointer), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) == pointer.Oid;
    }
}

using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>Reads objects out of a repository's packs; one for each thread, so that none waits for another.</summary>
internal sealed unsafe class ObjectReader : IDisposable
{
    private readonly nint _odb;

    /// <param name="objects">The repository's <c>objects</c> directory.</param>
    public ObjectReader(string objects) => LibGit2.Check(LibGit2.git_odb_open(out _odb, objects));

    /// <exception cref="LibGit2Exception">It is missing or damaged.</exception>
    /// <exception cref="RemoteFailureException">It is of another kind.</exception>
    public GitObject Read(ObjectId id, ObjectKind kind)
    {
        LibGit2.Check(LibGit2.git_odb_read(out var found, _odb, &id));
        var read = new GitObject(found);
        if (read.Kind == kind)
        {
            return read;
        }

        read.Dispose();
        throw new RemoteFailureException(Reasons.TransferFailed, $"The repository's objects are damaged: a {kind} is something else.");
    }

    /// <summary>Whether an object was there when this was made: packs that came since are not looked for.</summary>
    public bool Has(ObjectId id)
    {
        // Otherwise all packs are looked up again for each that is missing.
        const uint NoRefresh = 1;
        return LibGit2.git_odb_exists_ext(_odb, &id, NoRefresh) != 0;
    }

    /// <summary>The tree of a commit.</summary>
    public ObjectId TreeOf(ObjectId commit)
    {
        const string Key = "tree ";
        using var read = Read(commit, ObjectKind.Commit);
        var text = Encoding.ASCII.GetString(read.Data[..Math.Min(read.Data.Length, Key.Length + (2 * ObjectId.Length))]);
        return text.Length == Key.Length + (2 * ObjectId.Length) && text.StartsWith(Key, StringComparison.Ordinal)
            ? ObjectId.Parse(text[Key.Length..])
            : throw new RemoteFailureException(Reasons.TransferFailed, "The repository's objects are damaged: a commit names no tree.");
    }

    public void Dispose() => LibGit2.git_odb_free(_odb);
}

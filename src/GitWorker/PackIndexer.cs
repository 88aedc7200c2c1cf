namespace CodeRepoOperator.GitWorker;

/// <summary>
/// Writes a pack into a repository as it comes in, checks every object's hash, and makes its index. A thin pack is completed from
/// the objects that the repository already has.
/// </summary>
internal sealed unsafe class PackIndexer : IDisposable
{
    // "PACK", version, number of objects.
    private const int HeaderLength = 12;

    private readonly byte[] _header = new byte[HeaderLength];
    private readonly nint _odb;
    private readonly nint _indexer;
    private LibGit2.IndexerProgress _progress;
    private int _headerReceived;

    /// <param name="objects">The repository's <c>objects</c> folder.</param>
    public PackIndexer(string objects)
    {
        LibGit2.Check(LibGit2.git_odb_open(out _odb, objects));
        try
        {
            LibGit2.Check(LibGit2.git_indexer_new(out _indexer, Path.Combine(objects, "pack"), mode: 0, _odb, options: 0));
        }
        catch
        {
            LibGit2.git_odb_free(_odb);
            throw;
        }
    }

    private bool IsEmpty => _headerReceived == HeaderLength && _header.AsSpan(8).IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Takes the next piece of the pack.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        var missing = Math.Min(HeaderLength - _headerReceived, piece.Length);
        piece[..missing].CopyTo(_header.AsSpan(_headerReceived));
        _headerReceived += missing;
        fixed (byte* data = piece)
        fixed (LibGit2.IndexerProgress* progress = &_progress)
        {
            LibGit2.Check(LibGit2.git_indexer_append(_indexer, data, (nuint)piece.Length, progress));
        }
    }

    /// <summary>Puts the pack and its index into place; a pack without objects leaves nothing behind.</summary>
    public void Commit()
    {
        if (IsEmpty)
        {
            return;
        }

        fixed (LibGit2.IndexerProgress* progress = &_progress)
        {
            LibGit2.Check(LibGit2.git_indexer_commit(_indexer, progress));
        }
    }

    public void Dispose()
    {
        LibGit2.git_indexer_free(_indexer);
        LibGit2.git_odb_free(_odb);
    }
}

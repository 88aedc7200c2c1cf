using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Api.Archives;

/// <summary>
/// Writes a tar file with the bytes of <c>git archive --format=tar</c>, through one buffer. Git's paths are bytes; those of
/// System.Formats.Tar are text, and so it can't write all that a commit may hold.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="commit">40 hexadecimal digits.</param>
/// <param name="committedAt">The time of all entries, in seconds since 1970.</param>
internal sealed class TarWriter(Stream output, string commit, long committedAt)
{
    /// <summary>
    /// Tar's own block, to which all is filled up, and what the whole file is filled up to, of 20 blocks, two of them empty at least.
    /// </summary>
    private const int FileBlock = 20 * TarHeader.Length;

    /// <summary>A multiple of the block. What is compressed in pieces of always the same size gives always the same bytes.</summary>
    private readonly byte[] _buffer = new byte[128 * TarHeader.Length];
    private int _used;
    private long _written;

    private TarHeader Header => new(committedAt);

    /// <summary>Writes what comes first: which commit this is, for <c>git get-tar-commit-id</c>.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        var comment = PaxRecord.Of("comment"u8, System.Text.Encoding.ASCII.GetBytes(commit));
        await HeaderAsync(header => Header.WriteGlobal(header, comment.Length), cancellationToken);
        await ContentAsync(comment, cancellationToken);
    }

    /// <param name="path">With a slash at its end.</param>
    /// <param name="id">What else it is called, in hexadecimal digits, where the path is too long for a header.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public ValueTask DirectoryAsync(ReadOnlyMemory<byte> path, string id, CancellationToken cancellationToken) =>
        EntryAsync(new TarEntry(TarEntryKind.Directory, path, default, 0, id), cancellationToken);

    public ValueTask LinkAsync(ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> target, string id, CancellationToken cancellationToken) =>
        EntryAsync(new TarEntry(TarEntryKind.Link, path, target, 0, id), cancellationToken);

    /// <returns>Whether it had all the bytes of its size; if not, this tar file can't be gone on with.</returns>
    /// <exception cref="FileUnreadableException">It can't be read.</exception>
    public async ValueTask<bool> FileAsync(
        ReadOnlyMemory<byte> path,
        bool isExecutable,
        string id,
        SafeFileHandle content,
        long size,
        CancellationToken cancellationToken
    )
    {
        var kind = isExecutable ? TarEntryKind.Executable : TarEntryKind.File;
        await EntryAsync(new TarEntry(kind, path, default, size, id), cancellationToken);
        var position = 0L;
        while (position < size)
        {
            await MakeRoomAsync(1, cancellationToken);
            var read = Read(content, _buffer.AsSpan(_used, (int)Math.Min(_buffer.Length - _used, size - position)), position);
            if (read == 0)
            {
                return false;
            }

            _used += read;
            position += read;
        }

        Fill(TarHeader.Length);
        return true;
    }

    /// <summary>Writes what comes last.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        var rest = FileBlock - ((_written + _used) % FileBlock);
        for (var left = rest < 2 * TarHeader.Length ? rest + FileBlock : rest; left > 0; left -= TarHeader.Length)
        {
            await HeaderAsync(_ => { }, cancellationToken);
        }

        await FlushAsync(cancellationToken);
    }

    private async ValueTask EntryAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Extended() is { Length: > 0 } extended)
        {
            await HeaderAsync(header => Header.WriteExtended(header, extended.Length, entry.Id), cancellationToken);
            await ContentAsync(extended, cancellationToken);
        }

        await HeaderAsync(header => Header.Write(header, entry), cancellationToken);
    }

    private async ValueTask HeaderAsync(Action<Span<byte>> write, CancellationToken cancellationToken)
    {
        await MakeRoomAsync(TarHeader.Length, cancellationToken);
        var header = _buffer.AsSpan(_used, TarHeader.Length);
        header.Clear();
        write(header);
        _used += TarHeader.Length;
    }

    private async ValueTask ContentAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        while (content.Length > 0)
        {
            await MakeRoomAsync(1, cancellationToken);
            var piece = content[..Math.Min(content.Length, _buffer.Length - _used)];
            piece.CopyTo(_buffer.AsMemory(_used));
            _used += piece.Length;
            content = content[piece.Length..];
        }

        Fill(TarHeader.Length);
    }

    /// <summary>The buffer's length is a multiple of the block, so there is room.</summary>
    private void Fill(int block)
    {
        var rest = (block - (_used % block)) % block;
        _buffer.AsSpan(_used, rest).Clear();
        _used += rest;
    }

    private ValueTask MakeRoomAsync(int size, CancellationToken cancellationToken) =>
        _buffer.Length - _used < size ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(_buffer.AsMemory(0, _used), cancellationToken);
        _written += _used;
        _used = 0;
    }

    private static int Read(SafeFileHandle file, Span<byte> into, long position)
    {
        try
        {
            return RandomAccess.Read(file, into, position);
        }
        catch (IOException error)
        {
            // Apart from those of the output, which say that the caller has gone.
            throw new FileUnreadableException(error);
        }
    }
}

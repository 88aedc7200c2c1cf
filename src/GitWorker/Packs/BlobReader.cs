using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.Failures;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>
/// Reads those blobs of a pack that it holds whole, by the zlib that .NET ships, which takes about half the time of libgit2's. One for
/// each thread.
/// </summary>
/// <param name="index">Of the pack.</param>
/// <param name="pack">The pack, which this process has checked as it came.</param>
internal sealed class BlobReader(PackIndex index, SafeFileHandle pack) : IDisposable
{
    // Most source files are in the first read; what is larger takes a few more.
    private const int FirstRead = 4 * 1024;
    private const int NextRead = 64 * 1024;

    // Its storage goes back to the system rather than wait for the next large one.
    private const nuint Large = 1 << 20;

    private readonly byte[] _buffer = new byte[NextRead];
    private readonly Inflater _inflater = new();
    private readonly NativeBuffer _content = new();

    /// <summary>Finds a blob.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="content">What it holds, until the next is looked for.</param>
    /// <returns>Whether it is there, and not as a delta.</returns>
    /// <exception cref="PackDamage">The pack is not what it was.</exception>
    /// <exception cref="RemoteFailureException">It is larger than a span can be.</exception>
    public unsafe bool TryRead(ObjectId id, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (_content.Length > Large)
        {
            _content.Dispose();
        }

        if (index.Find(id) is not { } at)
        {
            return false;
        }

        var read = PackFile.Read(pack, _buffer.AsSpan(0, FirstRead), at);
        var (header, length) = HeaderOf(_buffer.AsSpan(0, read));
        if (header.Type != (int)ObjectKind.Blob)
        {
            return false;
        }

        if (header.Size > int.MaxValue)
        {
            throw GitObject.TooLarge(header.Size);
        }

        _content.Length = 0;
        _inflater.Reset();
        var hasEnded = _inflater.Inflate(_buffer.AsSpan(length, read - length), _content, header.Size, out _);
        while (!hasEnded)
        {
            at += read;
            read = PackFile.Read(pack, _buffer, at);
            hasEnded = _inflater.Inflate(_buffer.AsSpan(0, read), _content, header.Size, out _);
        }

        content = new ReadOnlySpan<byte>(_content.Data, (int)_content.Length);
        return true;
    }

    public void Dispose()
    {
        _inflater.Dispose();
        _content.Dispose();
    }

    private static (EntryHeader Header, int Length) HeaderOf(ReadOnlySpan<byte> bytes)
    {
        for (var length = 1; length <= Math.Min(bytes.Length, EntryHeader.MaximumLength); length++)
        {
            if (EntryHeader.Read(bytes[..length]) is { } header)
            {
                return (header, length);
            }
        }

        throw new PackDamage("an object's header has no end");
    }
}

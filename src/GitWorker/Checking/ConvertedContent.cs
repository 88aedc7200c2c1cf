using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Checkout.Attributes;
using CodeRepoOperator.GitWorker.Checkout.Conversion;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.GitFiles;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Knows what a checkout makes of a blob where <c>.gitattributes</c> has its content changed. Reads these when it is first asked.
/// </summary>
internal sealed class ConvertedContent : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly ObjectReader _objects;
    private readonly ContentConverter _converter = new();
    private readonly EntryConversions _conversions;

    /// <param name="clone">The clone, whose packs and index are as they should be.</param>
    public ConvertedContent(GitTree clone)
    {
        _objects = new ObjectReader(GitDirectory.Of(clone).Objects);
        _conversions = new EntryConversions(clone, _objects);
    }

    /// <summary>Whether a file's content is what is made of its blob, and not the blob itself.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public bool IsIn(SafeFileHandle file, IndexEntry entry)
    {
        try
        {
            if (_conversions.Of(entry) is not { IsNone: false } conversion)
            {
                return false;
            }

            var id = new ObjectId(entry.Id);
            using var blob = _objects.Read(id, ObjectKind.Blob);
            return IsIn(file, _converter.Convert(blob.Data, id, conversion, out _));
        }
        catch (LibGit2Exception)
        {
            // The blob, or that of a .gitattributes, is not there.
            return false;
        }
    }

    /// <summary>What a file is a pointer to; null: it is none.</summary>
    public LfsPointer? FindPointer(IndexEntry entry)
    {
        try
        {
            if (entry.IsLink || !_conversions.Of(entry).IsLfs)
            {
                return null;
            }

            using var blob = _objects.Read(new ObjectId(entry.Id), ObjectKind.Blob);
            return LfsPointer.TryParse(blob.Data, out var pointer) ? pointer : null;
        }
        catch (LibGit2Exception)
        {
            return null;
        }
    }

    public void Dispose() => _objects.Dispose();

    private static bool IsIn(SafeFileHandle file, ReadOnlySpan<byte> expected)
    {
        var buffer = new byte[BufferSize];
        var position = 0;
        for (int read; (read = RandomAccess.Read(file, buffer, position)) > 0; position += read)
        {
            if (read > expected.Length - position || !buffer.AsSpan(0, read).SequenceEqual(expected.Slice(position, read)))
            {
                return false;
            }
        }

        return position == expected.Length;
    }
}

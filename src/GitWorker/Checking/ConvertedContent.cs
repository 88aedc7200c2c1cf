using CodeRepoOperator.GitWorker.Checkout.Attributes;
using CodeRepoOperator.GitWorker.Checkout.Conversion;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.GitFiles;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Knows what a checkout makes of a blob where <c>.gitattributes</c> has its content changed. Reads these when it is first asked.
/// </summary>
/// <param name="clone">The clone, whose packs and index are as they should be.</param>
internal sealed class ConvertedContent(GitTree clone) : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly ObjectReader _objects = new(GitDirectory.Of(clone).Objects);
    private readonly ContentConverter _converter = new();
    private (TreeAttributes Tree, AttributeLookup Lookup)? _attributes;

    /// <summary>Whether a file's content is what is made of its blob, and not the blob itself.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public bool IsIn(SafeFileHandle file, IndexEntry entry)
    {
        try
        {
            var (tree, lookup) = _attributes ??= Read();
            var nameStart = entry.Path.AsSpan().LastIndexOf((byte)'/') + 1;
            if (
                tree.Of(entry.Path.AsSpan(0, Math.Max(nameStart - 1, 0))) is not { } directory
                || lookup.ConversionOf(directory, entry.Path, nameStart) is not { IsNone: false } conversion
            )
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

    public void Dispose() => _objects.Dispose();

    private (TreeAttributes Tree, AttributeLookup Lookup) Read()
    {
        using var index = IndexReader.Open(clone);
        var (files, count) = (new List<(byte[] Path, ObjectId Id)>(), 0);
        for (; index.Next() is { } entry; count++)
        {
            if (!entry.IsSkipped && TreeAttributes.AreIn(entry.Mode, entry.Path))
            {
                files.Add((entry.Path, new ObjectId(entry.Id)));
            }
        }

        var tree = TreeAttributes.Read(_objects, files);
        return (tree, tree.NewLookup(new AttributeBudget(count)));
    }

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

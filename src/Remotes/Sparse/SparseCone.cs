using System.Text;

namespace CodeRepoOperator.Remotes.Sparse;

/// <summary>
/// Which directories of a commit have files in a sparse clone: of each, all of its files are there or none, so that
/// <c>.gitattributes</c> is there wherever it has a say.
/// </summary>
internal sealed class SparseCone
{
    private readonly byte[][] _folders;

    /// <param name="folders">The folders that are asked for.</param>
    public SparseCone(SparseFolders folders) => _folders = [.. folders.Paths.Select(Encoding.UTF8.GetBytes)];

    /// <summary>
    /// Whether the files that lie directly in a directory are there. Where they are not, nothing is that lies deeper.
    /// </summary>
    /// <param name="directory">From the root, without a slash at its end; empty: the root.</param>
    public bool HasFilesOf(ReadOnlySpan<byte> directory)
    {
        if (directory.IsEmpty)
        {
            return true;
        }

        foreach (var folder in _folders)
        {
            if (IsIn(directory, folder) || IsIn(folder, directory))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a path is another one, or below it.</summary>
    private static bool IsIn(ReadOnlySpan<byte> path, ReadOnlySpan<byte> directory) =>
        path.StartsWith(directory) && (path.Length == directory.Length || path[directory.Length] == (byte)'/');
}

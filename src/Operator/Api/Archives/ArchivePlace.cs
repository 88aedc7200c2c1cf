using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Where an archive is in its tree. One directory is held open at a time, however deep it is.</summary>
internal sealed class ArchivePlace(OpenDirectory tree) : IDisposable
{
    private byte[] _logged = [];
    private byte[] _open = [];
    private OpenDirectory? _directory;

    /// <summary>The directories that begin with a file: those above it that the one before it is not in.</summary>
    /// <returns>Their paths, the outermost first, each with a slash at its end.</returns>
    public IEnumerable<byte[]> NewDirectories(IndexEntry file)
    {
        var path = file.Path;
        var directory = path[..(file.Directory.Length == 0 ? 0 : file.Directory.Length + 1)];
        var shared = directory.AsSpan().CommonPrefixLength(_logged);
        _logged = directory;
        var end = shared;
        while ((end = Array.IndexOf(directory, (byte)'/', end)) >= 0)
        {
            yield return directory[..++end];
        }
    }

    /// <summary>Opens a directory, unless it is the one that is open.</summary>
    /// <returns>It; null: there is no such directory.</returns>
    /// <exception cref="FileUnreadableException">It can't be opened.</exception>
    public OpenDirectory? GoTo(ReadOnlySpan<byte> path)
    {
        if (_directory is null || !path.SequenceEqual(_open))
        {
            _directory?.Dispose();
            _directory = null;
            try
            {
                (_directory, _open) = (tree.Find(path), path.ToArray());
            }
            catch (IOException error)
            {
                throw new FileUnreadableException(error);
            }
        }

        return _directory;
    }

    /// <inheritdoc />
    public void Dispose() => _directory?.Dispose();
}

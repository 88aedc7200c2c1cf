using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Where an archive is in its tree. One folder is held open at a time, however deep it is.</summary>
internal sealed class ArchivePlace(OpenFolder tree) : IDisposable
{
    private byte[] _logged = [];
    private byte[] _open = [];
    private OpenFolder? _folder;

    /// <summary>The folders that begin with a file: those above it that the one before it is not in.</summary>
    /// <returns>Their paths, the outermost first, each with a slash at its end.</returns>
    public IEnumerable<byte[]> NewFolders(IndexEntry file)
    {
        var path = file.Path;
        var folder = path[..(file.Folder.Length == 0 ? 0 : file.Folder.Length + 1)];
        var shared = folder.AsSpan().CommonPrefixLength(_logged);
        _logged = folder;
        for (var end = shared; (end = Array.IndexOf(folder, (byte)'/', end)) >= 0;)
        {
            yield return folder[..++end];
        }
    }

    /// <summary>Opens a folder, unless it is the one that is open.</summary>
    /// <returns>It; null: there is no such folder.</returns>
    /// <exception cref="FileUnreadableException">It can't be opened.</exception>
    public OpenFolder? GoTo(ReadOnlySpan<byte> path)
    {
        if (_folder is null || !path.SequenceEqual(_open))
        {
            _folder?.Dispose();
            _folder = null;
            try
            {
                (_folder, _open) = (tree.Find(path), path.ToArray());
            }
            catch (IOException error)
            {
                throw new FileUnreadableException(error);
            }
        }

        return _folder;
    }

    /// <inheritdoc />
    public void Dispose() => _folder?.Dispose();
}

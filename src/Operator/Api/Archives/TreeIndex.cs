using System.Text;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Reads git's index of a clone, and in the place of each submodule that it has the index of that one.</summary>
internal sealed class TreeIndex : IDisposable
{
    private readonly OpenDirectory _git;
    private readonly Dictionary<string, SubmodulePlace> _submodules;
    private readonly Stack<(IndexReader Index, byte[] Prefix)> _open = new();

    private TreeIndex(OpenDirectory git, IndexReader index, IReadOnlyList<SubmodulePlace> submodules)
    {
        _git = git;
        _submodules = submodules.ToDictionary(submodule => submodule.Path, StringComparer.Ordinal);
        _open.Push((index, []));
    }

    /// <summary>Opens it.</summary>
    /// <param name="tree">The clone.</param>
    /// <param name="submodules">The submodules that it has.</param>
    /// <returns>The index; null: there is none.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static TreeIndex? Find(OpenDirectory tree, IReadOnlyList<SubmodulePlace> submodules)
    {
        var git = tree.Find(GitPaths.DirectoryName);
        if (git?.OpenFile(GitPaths.IndexName, out _) is { } file)
        {
            return new TreeIndex(git, new IndexReader(file), submodules);
        }

        git?.Dispose();
        return null;
    }

    /// <summary>Reads the next entry, with its path from the root of the clone on.</summary>
    /// <returns>The entry; null: that was the last one.</returns>
    /// <exception cref="InvalidDataException">It is no index, or not a whole one.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public IndexEntry? Next()
    {
        while (true)
        {
            var (index, prefix) = _open.Peek();
            if (index.Next() is not { } entry)
            {
                if (_open.Count == 1)
                {
                    return null;
                }

                _open.Pop().Index.Dispose();
                continue;
            }

            var file = prefix.Length == 0 ? entry : entry with { Path = [.. prefix, .. entry.Path] };
            if (!file.IsSubmodule || !_submodules.TryGetValue(Encoding.UTF8.GetString(file.Path), out var submodule))
            {
                return file;
            }

            _open.Push((Open(submodule), [.. file.Path, (byte)'/']));
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (index, _) in _open)
        {
            index.Dispose();
        }

        _git.Dispose();
    }

    private IndexReader Open(SubmodulePlace submodule)
    {
        using var git = _git.Find(Encoding.UTF8.GetBytes(submodule.Modules));
        return git?.OpenFile(GitPaths.IndexName, out _) is { } file
            ? new IndexReader(file)
            : throw new InvalidDataException($"git's index of the submodule {submodule.Path} is missing");
    }
}

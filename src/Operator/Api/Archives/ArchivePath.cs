using System.Text;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.Api.Archives;

/// <summary>What of a tree an archive is of: all, one directory with all below it, or one file.</summary>
internal sealed class ArchivePath
{
    /// <summary>As much as a path in a clone may have.</summary>
    private const int LongestPath = 4096;

    private readonly byte[] _path;

    private ArchivePath(byte[] path) => _path = path;

    /// <summary>The whole tree.</summary>
    public static ArchivePath Whole { get; } = new([]);

    /// <summary>The path for a person.</summary>
    public string Shown => RemoteText.Escaped(Encoding.UTF8.GetString(_path));

    /// <summary>
    /// Reads what a caller asks for. Nothing is looked for on the volume by it: it is compared with what git's index lists. So this only
    /// says an error sooner.
    /// </summary>
    /// <param name="text">Names with slashes between them, and perhaps one at the end; null or empty: the whole tree.</param>
    /// <returns>What is meant; null: no path in a repository.</returns>
    public static ArchivePath? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Whole;
        }

        var path = text.EndsWith('/') ? text[..^1] : text;
        return Encoding.UTF8.GetByteCount(path) <= LongestPath && path.Split('/').All(IsName)
            ? new ArchivePath(Encoding.UTF8.GetBytes(path))
            : null;
    }

    /// <summary>Whether it has a file.</summary>
    /// <param name="file">The file's path.</param>
    public bool Has(ReadOnlySpan<byte> file) =>
        _path.Length == 0 || (file.StartsWith(_path) && (file.Length == _path.Length || file[_path.Length] == '/'));

    private static bool IsName(string name) =>
        name is not ("" or "." or "..")
        && !name.Equals(GitPaths.Directory, StringComparison.OrdinalIgnoreCase)
        && !name.Any(char.IsControl);
}

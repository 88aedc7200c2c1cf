using System.Text;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.Remotes.Submodules;

/// <summary>
/// Which names and paths of submodules are made on the volume. A repository chooses both; a name becomes the path of a git directory
/// (CVE-2018-11235), a path that of a working tree.
/// </summary>
internal static class SubmoduleName
{
    /// <summary>In characters.</summary>
    public const int LongestName = 255;

    /// <summary>
    /// In bytes, from the root of the outermost tree on: with the volume's own path it stays far below what systems take.
    /// </summary>
    public const int LongestPath = 1024;

    /// <summary>Whether a name may be that of a git directory below <c>modules</c>.</summary>
    public static bool IsSafe(string name) => name.Length <= LongestName && name is not ['-', ..] && IsSafePath(name);

    /// <summary>Whether a path stays in the tree and out of every git directory.</summary>
    public static bool IsSafePath(string path) =>
        path.Length > 0
        && Encoding.UTF8.GetByteCount(path) <= LongestPath
        && !path.Contains('\uFFFD', StringComparison.Ordinal)
        && !RemoteText.HoldsUnseen(path)
        && path.Split('/').All(IsSafePart);

    /// <summary>
    /// Whether two names, one after the other or at the same time, could not both have a git directory: the same one on some file system,
    /// or one in the other.
    /// </summary>
    public static bool Collide(string one, string other) =>
        one.Equals(other, StringComparison.OrdinalIgnoreCase) || IsIn(one, other) || IsIn(other, one);

    private static bool IsIn(string inner, string outer) =>
        inner.Length > outer.Length && inner[outer.Length] == '/' && inner.StartsWith(outer, StringComparison.OrdinalIgnoreCase);

    private static bool IsSafePart(string part) =>
        OpenDirectory.IsName(Encoding.UTF8.GetBytes(part))
        && !part.Equals(GitPaths.Directory, StringComparison.OrdinalIgnoreCase)
        && !part.Split('\\').Contains("..", StringComparer.Ordinal);
}

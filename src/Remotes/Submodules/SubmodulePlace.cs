using System.Text.Json.Serialization;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes.Submodules;

/// <summary>A submodule in a clone, as <c>git submodule</c> puts it there.</summary>
/// <param name="Path">Its working tree, from the root of the clone on.</param>
/// <param name="Modules">Its git directory, from <c>.git</c> on: <c>modules/a</c>, that of one in it <c>modules/a/modules/b</c>.</param>
/// <param name="Url">Its remote.</param>
/// <param name="Commit">40 hexadecimal digits: what is checked out.</param>
internal sealed record SubmodulePlace(string Path, string Modules, string Url, string Commit)
{
    /// <summary>What the file <c>.git</c> in the working tree has: the way to the git directory, relative, for clones move.</summary>
    [JsonIgnore]
    public string GitFile => $"gitdir: {Up(Path)}{GitPaths.Directory}/{Modules}\n";

    /// <summary>The way from the git directory to the working tree.</summary>
    [JsonIgnore]
    public string WayToTree => $"{Up($"{GitPaths.Directory}/{Modules}")}{Path}";

    /// <summary>Whether it could be in a clone: it is read from a volume that others may write to.</summary>
    [JsonIgnore]
    public bool IsPossible =>
        SubmoduleName.IsSafePath(Path)
        && Modules.Length <= 16 * (SubmoduleName.LongestName + 1)
        && Modules.StartsWith(GitPaths.ModulesName + "/", StringComparison.Ordinal)
        && Modules.Split('/').All(SubmoduleName.IsSafePath)
        && Url.Length is > 0 and <= LongestUrl
        && !RemoteText.HoldsUnseen(Url)
        && ObjectName.IsSha1(Commit);

    private const int LongestUrl = 2048;

    /// <summary>Where it is in a clone.</summary>
    /// <param name="clone">Full path of the clone.</param>
    public GitTree In(string clone) =>
        new(System.IO.Path.Combine(clone, Path), System.IO.Path.Combine(GitPaths.DirectoryOf(clone), Modules));

    private static string Up(string path) => string.Concat(Enumerable.Repeat("../", path.Split('/').Length));
}

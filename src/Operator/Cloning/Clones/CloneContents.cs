using System.Text;
using System.Text.Json.Serialization;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>
/// What a clone consists of, as far as a few file system calls can say later whether it is all there. Noted in the marker
/// right before the clone is published.
/// </summary>
/// <param name="Packs">The packs and their indexes: name and size in bytes.</param>
/// <param name="IndexSize">Size of git's index in bytes.</param>
/// <param name="ShallowSize">Size in bytes of the list of commits without parents; null: the history is whole.</param>
/// <param name="TopLevel">Entries of the working tree's top directory, without <c>.git</c>.</param>
internal sealed record CloneContents(IReadOnlyDictionary<string, long> Packs, long IndexSize, long? ShallowSize, int TopLevel)
{
    /// <summary>How many packs it has: each update adds one.</summary>
    [JsonIgnore]
    public int PackCount => Packs.Keys.Count(name => name.EndsWith(GitPaths.PackExtension, StringComparison.Ordinal));

    /// <summary>Looks at a clone that is complete.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CloneContents Of(string clone)
    {
        using var directory = OpenDirectory.Open(clone) ?? throw new DirectoryNotFoundException($"{clone} is no directory");
        using var git = directory.Find(GitPaths.DirectoryName) ?? throw new DirectoryNotFoundException($"{clone} has no .git");
        using var packs = git.Find(GitPaths.PacksPath) ?? throw new DirectoryNotFoundException($"{clone} has no directory of packs");
        return new CloneContents(
            packs
                .Names()
                .Where(name => GitPaths.IsPack(name) || GitPaths.IsPackIndex(name))
                .ToDictionary(Encoding.UTF8.GetString, name => (long)(packs.Look(name)?.Size ?? 0)),
            (long)(git.Look(GitPaths.IndexName)?.Size ?? throw new FileNotFoundException($"{clone} has no index")),
            (long?)git.Look(GitPaths.ShallowName)?.Size,
            CountTopLevel(directory, int.MaxValue)
        );
    }

    /// <summary>Counts the entries of a clone's top directory, without <c>.git</c>.</summary>
    /// <param name="clone">The clone.</param>
    /// <param name="most">What need not be counted on from.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public static int CountTopLevel(OpenDirectory clone, int most) => clone.CountNames(most == int.MaxValue ? most : most + 1) - 1;
}

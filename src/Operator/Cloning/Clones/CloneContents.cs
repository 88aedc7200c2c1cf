using System.Text;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>
/// What a clone consists of, as far as a few file system calls can tell later whether it is all there. Noted in the marker
/// right before the clone is published.
/// </summary>
/// <param name="Packs">The packs and their indexes: name and size in bytes.</param>
/// <param name="IndexSize">Size of git's index in bytes.</param>
/// <param name="ShallowSize">Size in bytes of the list of commits without parents; null: the history is whole.</param>
/// <param name="TopLevel">Entries of the working tree's top folder, without <c>.git</c>.</param>
internal sealed record CloneContents(IReadOnlyDictionary<string, long> Packs, long IndexSize, long? ShallowSize, int TopLevel)
{
    /// <summary>Looks at a clone that is complete.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CloneContents Of(string clone)
    {
        using var folder = OpenFolder.Open(clone) ?? throw new DirectoryNotFoundException($"{clone} is no folder");
        using var git = folder.Find(".git"u8) ?? throw new DirectoryNotFoundException($"{clone} has no .git");
        using var packs = git.Find("objects/pack"u8) ?? throw new DirectoryNotFoundException($"{clone} has no folder of packs");
        return new CloneContents(
            packs.Names().Where(name => name.AsSpan().EndsWith(".pack"u8) || name.AsSpan().EndsWith(".idx"u8))
                .ToDictionary(Encoding.UTF8.GetString, name => (long)(packs.Look(name)?.Size ?? 0)),
            (long)(git.Look("index"u8)?.Size ?? throw new FileNotFoundException($"{clone} has no index")),
            (long?)git.Look("shallow"u8)?.Size,
            CountTopLevel(folder, int.MaxValue));
    }

    /// <summary>Counts the entries of a clone's top folder, without <c>.git</c>.</summary>
    /// <param name="clone">The clone.</param>
    /// <param name="most">What need not be counted on from.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public static int CountTopLevel(OpenFolder clone, int most) => clone.CountNames(most == int.MaxValue ? most : most + 1) - 1;
}

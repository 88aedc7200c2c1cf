namespace CodeRepoOperator.Cloning.Publishing;

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
        var shallow = new FileInfo(StoreLayout.Shallow(clone));
        return new CloneContents(
            new DirectoryInfo(StoreLayout.Packs(clone)).EnumerateFiles()
                .Where(file => file.Extension is ".pack" or ".idx")
                .ToDictionary(file => file.Name, file => file.Length),
            new FileInfo(StoreLayout.Index(clone)).Length,
            shallow.Exists ? shallow.Length : null,
            CountTopLevel(clone));
    }

    /// <summary>Counts the entries of the top folder, without <c>.git</c>.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static int CountTopLevel(string clone) => Directory.EnumerateFileSystemEntries(clone).Count() - 1;
}

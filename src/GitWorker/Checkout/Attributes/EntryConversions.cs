using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>What the attributes of the files in an index ask for. Reads them when it is first asked. Of one thread.</summary>
/// <param name="clone">The clone, whose packs and index are as they should be.</param>
/// <param name="objects">Has its objects.</param>
internal sealed class EntryConversions(GitTree clone, ObjectReader objects)
{
    private (TreeAttributes Tree, AttributeLookup Lookup)? _attributes;

    /// <summary>What those of one file ask for.</summary>
    /// <exception cref="LibGit2Exception">A <c>.gitattributes</c> is not there.</exception>
    public FileConversion Of(IndexEntry entry)
    {
        var (tree, lookup) = _attributes ??= Read();
        var nameStart = entry.Path.AsSpan().LastIndexOf((byte)'/') + 1;
        return tree.Of(entry.Directory) is { } directory ? lookup.ConversionOf(directory, entry.Path, nameStart) : default;
    }

    private (TreeAttributes Tree, AttributeLookup Lookup) Read()
    {
        using var index = IndexReader.Open(clone);
        var (files, count) = (new List<(byte[] Path, ObjectId Id)>(), 0);
        for (; index.Next() is { } entry; count++)
        {
            if (!entry.IsSkipped && TreeAttributes.AreIn(entry.Mode, entry.Path))
            {
                files.Add((entry.Path, new ObjectId(entry.Id)));
            }
        }

        var tree = TreeAttributes.Read(objects, files);
        return (tree, tree.NewLookup(new AttributeBudget(count)));
    }
}

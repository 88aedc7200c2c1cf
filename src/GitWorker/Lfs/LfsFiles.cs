using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Checkout.Attributes;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Finds the files of a tree that Git LFS keeps: those whose attributes say so, and whose blob is a pointer.</summary>
internal static class LfsFiles
{
    /// <summary>Finds them, by the index; the working tree is not looked at.</summary>
    /// <returns>In the order of their paths.</returns>
    public static List<LfsFile> Find(GitTree clone)
    {
        using var objects = new ObjectReader(GitDirectory.Of(clone).Objects);
        using var index = IndexReader.Open(clone);
        var conversions = new EntryConversions(clone, objects);
        var found = new List<LfsFile>();
        while (index.Next() is { } entry)
        {
            if (entry is { IsLink: false, IsSubmodule: false, IsSkipped: false } && conversions.Of(entry).IsLfs)
            {
                using var blob = objects.Read(new ObjectId(entry.Id), ObjectKind.Blob);
                if (LfsPointer.Is(blob.Data))
                {
                    found.Add(new LfsFile(entry, LfsPointer.TryParse(blob.Data, out var pointer) ? pointer : null));
                }
            }
        }

        return found;
    }
}

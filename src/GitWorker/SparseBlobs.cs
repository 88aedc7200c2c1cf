using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Sparse;

namespace CodeRepoOperator.GitWorker;

/// <summary>The contents of files that a sparse clone is to have, and that a filter left out.</summary>
internal static class SparseBlobs
{
    /// <summary>How many are asked for at once: some 800 KB of names, which servers and proxies take.</summary>
    private const int MostAtOnce = 16_384;

    /// <summary>Fetches all that is missing.</summary>
    /// <param name="clone">The clone, whose commit and trees are there.</param>
    /// <param name="commit">40 hexadecimal digits.</param>
    /// <param name="folders">Those that it is to have.</param>
    /// <param name="limits">How many files the commit may have.</param>
    /// <param name="fetch">Fetches some.</param>
    /// <exception cref="RemoteFailureException">The remote does not give them.</exception>
    public static async Task FetchAsync(
        string clone,
        string commit,
        SparseFolders folders,
        TreeLimits limits,
        Func<IReadOnlyList<string>, Task> fetch
    )
    {
        var missing = FindMissing(clone, commit, folders, limits);
        foreach (var some in missing.Chunk(MostAtOnce))
        {
            await fetch([.. some.Select(id => Convert.ToHexStringLower(id))]);
        }

        if (missing.Count > 0 && FindMissing(clone, commit, folders, limits).Count > 0)
        {
            throw new RemoteFailureException(
                Reasons.TransferFailed,
                "The remote did not send all files of the folders that were asked for: it is tried again."
            );
        }
    }

    private static List<ObjectId> FindMissing(string clone, string commit, SparseFolders folders, TreeLimits limits)
    {
        using var reader = new ObjectReader(GitDirectory.Of(clone).Objects);
        var id = ObjectId.Parse(commit);
        if (!reader.Has(id))
        {
            // Who checks it out says so.
            return [];
        }

        return
        [
            .. TreeListing
                .ReadPresent(reader, reader.TreeOf(id), limits, new SparseCone(folders))
                .Where(directory => !directory.IsSkipped)
                .SelectMany(directory => directory.Files)
                .Where(file => file.Mode != TreeFile.Submodule && !reader.Has(file.Id))
                .Select(file => file.Id)
                .Distinct(),
        ];
    }
}

using CodeRepoOperator.GitWorker.Checkout.Attributes;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// Finds the directories of a commit that a clone has: all, but for a sparse one those with files in it only, as git makes them.
/// </summary>
internal static class PresentDirectories
{
    /// <param name="directories">Those of the commit, each before what is below it.</param>
    /// <returns>Those that are to be made, in the same order, without the top one.</returns>
    public static List<TreeDirectory> Of(List<TreeDirectory> directories)
    {
        if (!directories.Exists(directory => directory.IsSkipped))
        {
            return [.. directories.Skip(1)];
        }

        var present = new HashSet<byte[]>(BytesComparer.Instance);
        foreach (var directory in directories.Where(directory => directory is { IsSkipped: false, Files.Count: > 0 }))
        {
            var path = directory.Path;
            while (path.Length > 0 && present.Add(path))
            {
                path = path[..Math.Max(path.AsSpan().LastIndexOf((byte)'/'), 0)];
            }
        }

        return [.. directories.Where(directory => present.Contains(directory.Path))];
    }
}

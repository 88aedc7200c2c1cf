using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>The directory that a row should name. Pure.</summary>
/// <param name="Key">The key of the row, as text.</param>
/// <param name="Url">The URL that the row had when it was read: one that has another by then is left alone.</param>
/// <param name="Path">The directory of the clone, as consumers see it.</param>
internal sealed record LocalPath(string Key, string Url, string Path)
{
    /// <summary>In <see cref="IndexingOptions.LocalPathPrefix"/>, what stands for the namespace of the CodeRepo.</summary>
    private const string NamespacePlace = "{namespace}";

    /// <summary>The rows whose directory is not the one of their CodeRepo's clone.</summary>
    /// <param name="repos">The CodeRepos. Those without a clone leave their rows as they are.</param>
    /// <param name="owners">Their rows.</param>
    /// <param name="prefix">Where consumers mount the volume.</param>
    public static IReadOnlyList<LocalPath> Wrong(IEnumerable<CodeRepo> repos, RowOwners owners, string prefix)
    {
        var desired = new Dictionary<string, LocalPath>(StringComparer.Ordinal);

        // Of several CodeRepos on one row the oldest: one that is made later takes nobody's place.
        foreach (
            var repo in repos
                .Where(HasClone)
                .OrderBy(repo => repo.Metadata.CreationTimestamp)
                .ThenBy(repo => repo.Metadata.Uid, StringComparer.Ordinal)
        )
        {
            var path = Of(repo, prefix);
            foreach (var row in owners.Of(repo.Metadata.Uid)?.Rows ?? [])
            {
                desired.TryAdd(row.Key, new LocalPath(row.Key, row.Url, path) { IsRight = row.LocalPath == path });
            }
        }

        // Rows are locked in this order, by every process.
        return [.. desired.Values.Where(one => !one.IsRight).OrderBy(one => one.Key, StringComparer.Ordinal)];
    }

    /// <summary>Whether there is something to keep at all.</summary>
    public static bool IsKept(IndexingTarget target, TableColumns columns) =>
        columns.Has(target.LocalPath) && CodeRepoRowQuery.IsPossible(target, columns);

    /// <summary>Whether a CodeRepo has a clone that can be read.</summary>
    public static bool HasClone(CodeRepo repo) =>
        repo.Metadata.DeletionTimestamp is null
        && !string.IsNullOrEmpty(repo.Status?.Volume?.Path)
        && repo.IsTrue(ConditionTypes.CloneAvailable);

    /// <summary>Whether the row names it already.</summary>
    private bool IsRight { get; init; }

    /// <summary>The volume has a directory for each namespace, and consumers mount that.</summary>
    private static string Of(CodeRepo repo, string prefix)
    {
        var path = repo.Status!.Volume!.Path!;
        var name = path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return $"{prefix.Replace(NamespacePlace, repo.Metadata.NamespaceProperty, StringComparison.Ordinal).TrimEnd('/')}/{name}";
    }
}

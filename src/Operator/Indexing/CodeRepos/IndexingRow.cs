using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>A row of a target as the database had it.</summary>
/// <param name="Key">Its key, as text.</param>
/// <param name="Url">Its git URL, as it is written.</param>
/// <param name="Branch">Its branch; null: none.</param>
/// <param name="Status">Its status; null: none.</param>
/// <param name="StartedAt">When a job took it last, in whole seconds; null: not known.</param>
/// <param name="Resets">How often it was reset in a row; null: its table does not count.</param>
/// <param name="LocalPath">The folder that it names; null: none.</param>
/// <param name="Tenant">Whose it is; null: nobody's, or its table does not say.</param>
internal sealed record IndexingRow(string Key, string Url, string? Branch, string? Status, DateTimeOffset? StartedAt, int? Resets, string? LocalPath, string? Tenant = null)
{
    /// <summary>Its repository; null: its URL is none.</summary>
    public RepoIdentity? Repo { get; } = RepoIdentity.TryParse(Url);
}

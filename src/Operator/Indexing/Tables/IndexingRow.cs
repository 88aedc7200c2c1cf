using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>A row of a target's table, as the database has it.</summary>
/// <param name="Key">Its key, as text.</param>
/// <param name="Url">Its git URL, as it is written; empty: none.</param>
/// <param name="Branch">Its branch; null or empty: none.</param>
internal sealed record IndexingRow(string Key, string Url, string? Branch)
{
    /// <summary>What people call it; null: its table has no such column, or it has no name.</summary>
    public string? Name { get; init; }

    /// <summary>Its status; null: none.</summary>
    public string? Status { get; init; }

    /// <summary>When a job took it last, in whole seconds; null: not known.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Who holds it, as the holder calls itself; null: nobody, or it is not known.</summary>
    public string? Holder { get; init; }

    /// <summary>How often it was reset in a row; null: its table does not count.</summary>
    public int? Resets { get; init; }

    /// <summary>The directory that it names; null: none.</summary>
    public string? LocalPath { get; init; }

    /// <summary>Whose it is; null: nobody's, or its table does not say.</summary>
    public string? Tenant { get; init; }

    /// <summary>What it says why no CodeRepo can be made of it; null: nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>Its repository; null: its URL is none.</summary>
    public RepoIdentity? Repo { get; } = RepoIdentity.TryParse(Url);
}

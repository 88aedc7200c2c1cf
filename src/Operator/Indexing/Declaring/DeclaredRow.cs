using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Indexing.Importing;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>A row that declares a CodeRepo.</summary>
/// <param name="Key">Its key, as text.</param>
/// <param name="Url">The <c>git_url</c> of its CodeRepo.</param>
/// <param name="Branch">The branch of its CodeRepo; null: that of the remote's HEAD.</param>
internal sealed record DeclaredRow(string Key, string Url, string? Branch)
{
    /// <summary>In characters. Keys are short; an annotation has no room for what a table may hold.</summary>
    private const int LongestMark = 253;

    /// <summary>The repository and branch: rows that have the same declare one CodeRepo.</summary>
    public required CloneIdentity Identity { get; init; }

    /// <summary>The name that its CodeRepo gets, if it is free when it is made.</summary>
    public required string Name { get; init; }

    /// <summary>The Secret that its CodeRepo gets; null: none.</summary>
    public string? Secret { get; init; }

    /// <summary>What the annotation of its CodeRepo says: the key, or a hash of one that is too long for that.</summary>
    public string Mark { get; } =
        Key.Length <= LongestMark ? Key : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))}";

    /// <summary>The name for when another has <see cref="Name"/>.</summary>
    public string OtherName => RepoName.Distinct(Name, CloneIdentity.Text(RepoIdentity.TryParse(Url)!.Value, Branch));

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="options">Which Secret is for which host.</param>
    /// <returns>What it declares, or why that can't be cloned, without what may be a credential.</returns>
    public static Attempt<DeclaredRow> Of(IndexingRow row, DeclareOptions options)
    {
        var read = RowClone.Of(row);
        if (!read.Succeeded)
        {
            return read.Failure;
        }

        var (url, branch) = read.Value;
        var repo = RepoIdentity.Of(url);
        return new DeclaredRow(row.Key, url.ToString(), branch)
        {
            Identity = CloneIdentity.Of(repo, branch),
            Name = RepoName.For(row.Name, repo.ToString()),
            Secret = options.SecretFor(url),
        };
    }
}

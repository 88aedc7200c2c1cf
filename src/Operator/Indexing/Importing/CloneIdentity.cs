using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>Which repository and branch a row or a CodeRepo is of, as a hash: a million of them are 16 MB.</summary>
/// <param name="Hash">128 bits of the SHA-256 of what <see cref="Text"/> gives.</param>
internal readonly record struct CloneIdentity(UInt128 Hash)
{
    /// <summary>The identity of a repository and branch.</summary>
    public static CloneIdentity Of(RepoIdentity repo, string? branch) =>
        new(BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Text(repo, branch)))));

    /// <summary>What the spec of a CodeRepo says; null: its <c>git_url</c> is none, or it is of no branch but of another ref.</summary>
    public static CloneIdentity? OfSpec(CodeRepo repo) =>
        repo.Spec.Ref is null && RepoIdentity.TryParse(repo.Spec.GitUrl) is { } found ? Of(found, repo.Spec.Branch) : null;

    /// <summary>
    /// Of a CodeRepo that follows the remote's HEAD: it has the rows of the branch that it found there. Null: of any other.
    /// </summary>
    public static CloneIdentity? OfHead(CodeRepo repo) =>
        string.IsNullOrEmpty(repo.Spec.Branch)
        && repo.Spec.Ref is null
        && repo.Status?.Branch is { } branch
        && RepoIdentity.TryParse(repo.Spec.GitUrl) is { } found
            ? Of(found, branch)
            : null;

    /// <summary>The same in words. No branch has a space in it, no URL neither.</summary>
    public static string Text(RepoIdentity repo, string? branch) => $"{repo} {branch}";
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>Which repository and branch a row or a CodeRepo is of, as a hash: a million of them are 16 MB.</summary>
/// <param name="Hash">128 bits of the SHA-256 of what <see cref="Text"/> gives.</param>
internal readonly record struct CloneIdentity(UInt128 Hash)
{
    /// <summary>The identity of a repository and branch.</summary>
    public static CloneIdentity Of(RepoIdentity repo, string? branch) =>
        new(BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Text(repo, branch)))));

    /// <summary>The same in words. No branch has a space in it, no URL neither.</summary>
    public static string Text(RepoIdentity repo, string? branch) => $"{repo} {branch}";
}

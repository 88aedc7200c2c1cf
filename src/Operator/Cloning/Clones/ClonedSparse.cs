using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a clone has of its commit, where that is not all.</summary>
/// <param name="Asked">The folders that the spec asked for.</param>
/// <param name="Absent">Those of them that the commit does not have; null: it has all.</param>
internal sealed record ClonedSparse(SparseFolders Asked, OmittedPaths? Absent)
{
    /// <summary>Distinguishes its folders from others.</summary>
    [JsonIgnore]
    public string Digest
    {
        get
        {
            const int Length = 16;
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Asked.Text)))[..Length];
        }
    }
}

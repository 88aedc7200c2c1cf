using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>
/// Makes digests of secrets, by which they are compared in memory. With a key of its own each, so that what is kept is of no use to anybody
/// but this process.
/// </summary>
internal sealed class SecretDigest
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    /// <summary>The digest of all parts together, each with its length, so that none can pass for two.</summary>
    public string Of(IEnumerable<string?> parts)
    {
        var text = string.Concat(parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:{part}")));
        return Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
    }
}

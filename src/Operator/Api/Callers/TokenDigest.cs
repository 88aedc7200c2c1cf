using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Api.Callers;

/// <summary>What a bearer token is remembered by: not itself, which would be in the memory, and in dumps of it, for as long.</summary>
/// <param name="High">One half of its SHA-256.</param>
/// <param name="Low">The other half.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TokenDigest(UInt128 High, UInt128 Low)
{
    /// <summary>The longest token that is looked at: those of Kubernetes have a kilobyte or two.</summary>
    public const int LongestToken = 16 * 1024;

    /// <summary>The digest of a token.</summary>
    /// <param name="token">ASCII, at most <see cref="LongestToken"/> characters.</param>
    public static TokenDigest Of(ReadOnlySpan<char> token)
    {
        Span<byte> bytes = stackalloc byte[LongestToken];
        Span<UInt128> digest = stackalloc UInt128[2];
        SHA256.HashData(bytes[..Encoding.ASCII.GetBytes(token, bytes)], MemoryMarshal.AsBytes(digest));
        return new TokenDigest(digest[0], digest[1]);
    }
}

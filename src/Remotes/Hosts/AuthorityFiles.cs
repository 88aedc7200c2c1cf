using System.Buffers.Text;
using System.Security.Cryptography;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>Reads certificates out of files of PEM or DER. What can't be read has none, as OpenSSL has it.</summary>
internal static class AuthorityFiles
{
    // No list of authorities is as large: it is something else that lies there.
    private const long MaximumLength = 16 << 20;

    /// <summary>The certificates in files, each once.</summary>
    public static List<Authority> Read(IEnumerable<string> paths) =>
        [.. paths.SelectMany(ReadFile).DistinctBy(authority => authority.Digest)];

    /// <summary>The files in a directory.</summary>
    public static string[] In(string directory)
    {
        try
        {
            return Directory.GetFiles(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static List<Authority> Parse(byte[] content)
    {
        var found = new List<Authority>();
        for (ReadOnlySpan<byte> rest = content; PemEncoding.TryFindUtf8(rest, out var fields); rest = rest[fields.Location.End..])
        {
            var label = rest[fields.Label];
            var encoded = new byte[fields.DecodedDataLength];
            _ = Base64.DecodeFromUtf8(rest[fields.Base64Data], encoded, out _, out var length);

            // The second is OpenSSL's older word for the same.
            if (
                (label.SequenceEqual("CERTIFICATE"u8) || label.SequenceEqual("X509 CERTIFICATE"u8))
                && Authority.Read(encoded[..length]) is { } authority
            )
            {
                found.Add(authority);
            }
        }

        return found.Count == 0 && Authority.Read(content) is { } single ? [single] : found;
    }

    private static List<Authority> ReadFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaximumLength)
            {
                return [];
            }

            var content = new byte[file.Length];
            file.ReadExactly(content);
            return Parse(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

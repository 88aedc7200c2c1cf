using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// What Git LFS commits in place of a file (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
/// </summary>
/// <param name="Oid">64 hexadecimal digits: the SHA-256 of the file.</param>
/// <param name="Size">Of the file, in bytes.</param>
internal sealed record LfsPointer(string Oid, long Size)
{
    /// <summary>In bytes: a pointer is shorter.</summary>
    public const int MaximumLength = 1024;

    private const int OidLength = 64;

    private static readonly SearchValues<byte> Hexadecimal = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>
    /// Reads one. What names an extension, which is a program of whoever made it, can't be fetched, and is no pointer here; nor is what
    /// Git LFS would not take for one.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> content, [NotNullWhen(true)] out LfsPointer? pointer)
    {
        pointer = null;
        if (!Is(content))
        {
            return false;
        }

        string? oid = null;
        long? size = null;
        foreach (var range in content.Split((byte)'\n'))
        {
            var line = content[range].TrimEnd((byte)'\r');
            if (line.StartsWith(OidKey))
            {
                var digits = line[OidKey.Length..];
                if (oid is not null || digits.Length != OidLength || digits.ContainsAnyExcept(Hexadecimal))
                {
                    return false;
                }

                oid = Encoding.ASCII.GetString(digits);
            }
            else if (line.StartsWith(SizeKey))
            {
                var digits = line[SizeKey.Length..];
                if (size is not null || !Utf8Parser.TryParse(digits, out long read, out var length) || length != digits.Length || read < 0)
                {
                    return false;
                }

                size = read;
            }
            else if (!line.IsEmpty && !line.StartsWith("version "u8))
            {
                return false;
            }
        }

        pointer = oid is null || size is null ? null : new LfsPointer(oid, size.Value);
        return pointer is not null;
    }

    /// <summary>Whether a file looks like one.</summary>
    public static bool Is(ReadOnlySpan<byte> content) =>
        content.Length < MaximumLength
        && (content.StartsWith("version https://git-lfs.github.com/spec/v1"u8) || content.StartsWith(FirstVersion));

    private static ReadOnlySpan<byte> OidKey => "oid sha256:"u8;

    private static ReadOnlySpan<byte> SizeKey => "size "u8;

    /// <summary>What it was called before its first release; Git LFS still reads it.</summary>
    private static ReadOnlySpan<byte> FirstVersion => "version https://hawser.github.com/spec/v1"u8;
}

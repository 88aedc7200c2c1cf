using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// Which names of a tree may be checked out: git's <c>verify_path</c> with <c>core.protectHFS</c> and <c>core.protectNTFS</c>, for
/// volumes travel to systems where other names stand for <c>.git</c> too.
/// </summary>
internal static class PathRules
{
    /// <summary>In bytes: PATH_MAX without its end. Longer ones could be made, but neither opened nor deleted by most programs.</summary>
    public const int MaximumLength = 4095;

    /// <summary>Whether a name of one folder may be made.</summary>
    public static bool Allow(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) || name.Contains((byte)'/'))
        {
            return false;
        }

        foreach (var part in name.Split((byte)'\\'))
        {
            if (IsGitForNtfs(name[part]))
            {
                return false;
            }
        }

        return !IsGitForHfs(name);
    }

    /// <summary>NTFS drops spaces and dots at the end, reads what follows a colon as a stream, and has short names.</summary>
    private static bool IsGitForNtfs(ReadOnlySpan<byte> name)
    {
        var end = name.IndexOf((byte)':');
        var kept = (end < 0 ? name : name[..end]).TrimEnd(" ."u8);
        return Ascii.EqualsIgnoreCase(kept, ".git"u8) || Ascii.EqualsIgnoreCase(kept, "git~1"u8);
    }

    /// <summary>HFS+ ignores some characters of Unicode.</summary>
    private static bool IsGitForHfs(ReadOnlySpan<byte> name)
    {
        Span<byte> kept = stackalloc byte[4];
        var length = 0;
        while (!name.IsEmpty)
        {
            _ = Rune.DecodeFromUtf8(name, out var rune, out var consumed);
            name = name[consumed..];
            if (IsIgnoredByHfs(rune.Value))
            {
                continue;
            }

            if (!rune.IsAscii || length == kept.Length)
            {
                return false;
            }

            kept[length++] = (byte)rune.Value;
        }

        return Ascii.EqualsIgnoreCase(kept[..length], ".git"u8);
    }

    // Git's next_hfs_char (utf8.c).
    private static bool IsIgnoredByHfs(int character) => character is
        (>= 0x200c and <= 0x200f) or (>= 0x202a and <= 0x202e) or (>= 0x206a and <= 0x206f) or 0xfeff;
}

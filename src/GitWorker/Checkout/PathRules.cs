using System.Text;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>
/// Which names of a tree may be checked out: git's <c>verify_path</c> with <c>core.protectHFS</c> and <c>core.protectNTFS</c>, for
/// volumes travel to systems where other names stand for <c>.git</c> too.
/// </summary>
internal static class PathRules
{
    /// <summary>In bytes: PATH_MAX without its end. Longer ones could be made, but neither opened nor deleted by most programs.</summary>
    public const int MaximumLength = 4095;

    // Of NTFS, without its extension.
    private const int ShortNameLength = 8;

    /// <summary>Whether a name of one directory may be made.</summary>
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

        return !IsForHfs(name, GitPaths.DirectoryName);
    }

    /// <summary>
    /// Whether a symbolic link may be made, besides what <see cref="Allow"/> says of its names. Git reads <c>.gitmodules</c> out of
    /// the working tree, so it refuses one that leads elsewhere (CVE-2018-11235), whatever a file system would take for that name.
    /// It only warns of links that are called <c>.gitattributes</c>, <c>.gitignore</c> or <c>.mailmap</c>: it does not follow them.
    /// </summary>
    /// <param name="path">From the root.</param>
    public static bool AllowLink(ReadOnlySpan<byte> path)
    {
        foreach (var range in path.Split((byte)'/'))
        {
            if (Ascii.EqualsIgnoreCase(path[range], ".gitmodules"u8) || IsForHfs(path[range], ".gitmodules"u8))
            {
                return false;
            }
        }

        var name = path[(path.LastIndexOf((byte)'/') + 1)..];
        foreach (var part in name.Split((byte)'\\'))
        {
            if (IsGitModulesForNtfs(name[part]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Git's <c>is_ntfs_dotgitmodules</c>: the name, its first short names, and those that NTFS makes by a hash when these are taken.
    /// </summary>
    private static bool IsGitModulesForNtfs(ReadOnlySpan<byte> name)
    {
        var end = name.IndexOf((byte)':');
        var kept = (end < 0 ? name : name[..end]).TrimEnd(" ."u8);
        if (Ascii.EqualsIgnoreCase(kept, ".gitmodules"u8))
        {
            return true;
        }

        var tilde = kept.IndexOf((byte)'~');
        if (tilde < 0 || kept.Length <= tilde + 1)
        {
            return false;
        }

        var number = kept[(tilde + 1)..];
        return (Ascii.EqualsIgnoreCase(kept[..tilde], "gitmod"u8) && number.Length == 1 && number[0] is >= (byte)'1' and <= (byte)'4')
            || (
                kept.Length == ShortNameLength
                && number[0] is >= (byte)'1' and <= (byte)'9'
                && !number.ContainsAnyExceptInRange((byte)'0', (byte)'9')
                && Ascii.EqualsIgnoreCase(kept[..tilde], "gi7eba"u8[..Math.Min(tilde, 6)])
                && tilde <= 6
            );
    }

    /// <summary>NTFS drops spaces and dots at the end, reads what follows a colon as a stream, and has short names.</summary>
    private static bool IsGitForNtfs(ReadOnlySpan<byte> name)
    {
        var end = name.IndexOf((byte)':');
        var kept = (end < 0 ? name : name[..end]).TrimEnd(" ."u8);
        return Ascii.EqualsIgnoreCase(kept, GitPaths.DirectoryName) || Ascii.EqualsIgnoreCase(kept, "git~1"u8);
    }

    /// <summary>HFS+ ignores some characters of Unicode.</summary>
    private static bool IsForHfs(ReadOnlySpan<byte> name, ReadOnlySpan<byte> meant)
    {
        Span<byte> kept = stackalloc byte[meant.Length];
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

        return Ascii.EqualsIgnoreCase(kept[..length], meant);
    }

    // Git's next_hfs_char (utf8.c).
    private static bool IsIgnoredByHfs(int character) =>
        character is (>= 0x200c and <= 0x200f) or (>= 0x202a and <= 0x202e) or (>= 0x206a and <= 0x206f) or 0xfeff;
}

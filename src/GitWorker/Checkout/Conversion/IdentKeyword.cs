using System.Text;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Checkout.Conversion;

/// <summary>
/// Expands <c>$Id$</c> to <c>$Id: NAME $</c>, with the name of the blob. git does so by one set of rules when it has a file in
/// memory, and by another when it writes while it reads, and they differ for what looks like the keyword of another system.
/// </summary>
internal static class IdentKeyword
{
    private const byte Dollar = (byte)'$';

    /// <summary>Whether there can be anything to expand.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> content) => content.IndexOf("$Id"u8) >= 0;

    /// <summary>As git does in memory (<c>ident_to_worktree</c>).</summary>
    public static void Expand(ReadOnlySpan<byte> content, ObjectId blob, ContentBuffer into)
    {
        var expanded = Encoding.ASCII.GetBytes($"Id: {Hex(blob)} $");
        while (content.IndexOf(Dollar) is >= 0 and var dollar)
        {
            into.Append(content[..(dollar + 1)]);
            content = content[(dollar + 1)..];
            if (LengthOfKeyword(content) is > 0 and var length)
            {
                into.Append(expanded);
                content = content[length..];
            }
        }

        into.Append(content);
    }

    /// <summary>As git does while it writes (<c>ident_filter_fn</c>), with what it overlooks: <c>$$Id$</c>, for one.</summary>
    public static void ExpandStreamed(ReadOnlySpan<byte> content, ObjectId blob, ContentBuffer into)
    {
        const int WithNul = 4;
        ReadOnlySpan<byte> head = "$Id"u8;
        var expanded = Encoding.ASCII.GetBytes($": {Hex(blob)} $");

        // Up to where the content is written, where that begins which git still holds back, and how much of the keyword is there.
        var (written, held, matched) = (0, 0, 0);
        for (var i = 0; i < content.Length; i++)
        {
            var current = content[i];
            if (matched < head.Length)
            {
                // A mismatch is not looked at again, though a keyword may begin with it.
                (matched, held) = current == head[matched] ? (matched + 1, held) : (0, i + 1);
                continue;
            }

            // git's own string ends with a NUL, which it takes for the keyword's next letter, and then passes over what follows.
            if (matched == WithNul || current == 0)
            {
                (matched, held) = current == 0 && matched < WithNul ? (WithNul, held) : (0, i + 1);
                continue;
            }

            matched = 0;
            if (current == Dollar)
            {
                into.Append(content[written..i]);
                into.Append(expanded);
                (written, held) = (i + 1, i + 1);
            }
            else if (current == ':')
            {
                var length = content[(i + 1)..].IndexOfAny(Dollar, (byte)'\n');
                if (length < 0)
                {
                    break;
                }

                i += 1 + length;
                if (content[i] == Dollar && !IsForeign(content[held..(i + 1)]))
                {
                    into.Append(content[written..held]);
                    into.Append(head);
                    into.Append(expanded);
                    written = i + 1;
                }

                held = i + 1;
            }

            // After $Idx git holds back what it has, though it is no keyword.
        }

        into.Append(content[written..]);
    }

    /// <summary>How much of the content, behind a dollar, is <c>Id$</c> or <c>Id: … $</c>; 0: it is another system's, or none.</summary>
    private static int LengthOfKeyword(ReadOnlySpan<byte> content)
    {
        const int Prefix = 3;
        if (content.StartsWith("Id$"u8))
        {
            return Prefix;
        }

        if (!content.StartsWith("Id:"u8))
        {
            return 0;
        }

        var end = content[Prefix..].IndexOfAny(Dollar, (byte)'\n') + Prefix;
        if (end < Prefix || content[end] != Dollar)
        {
            return 0;
        }

        // A space elsewhere than at the beginning and at the end is what other systems write.
        var space = end > Prefix + 1 ? content[(Prefix + 1)..end].IndexOf((byte)' ') : -1;
        return space >= 0 && Prefix + 1 + space < end - 1 ? 0 : end + 1;
    }

    /// <summary>The same for the other set of rules, which end at a NUL.</summary>
    private static bool IsForeign(ReadOnlySpan<byte> held)
    {
        if (!held.StartsWith("$Id: "u8))
        {
            return false;
        }

        for (var i = "$Id: "u8.Length; i < held.Length && held[i] != 0; i++)
        {
            if (held[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' && (i + 1 == held.Length || held[i + 1] != Dollar))
            {
                return true;
            }
        }

        return false;
    }

    private static string Hex(ObjectId id) => Convert.ToHexStringLower(id);
}

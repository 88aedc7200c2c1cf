using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>A bracket expression of a pattern, as git's wildmatch.c reads it: <c>[a-z]</c>, <c>[!^]</c>, <c>[[:digit:]x]</c>.</summary>
internal static class BracketExpression
{
    private const byte Close = (byte)']';
    private const byte Escape = (byte)'\\';

    /// <param name="text">Begins behind the opening bracket; ends behind the closing one.</param>
    /// <returns>Null: it has no end, or names a class that there is not, so the pattern matches nothing.</returns>
    public static ByteSet? Read(ref ReadOnlySpan<byte> text)
    {
        var inverted = text is [(byte)'!' or (byte)'^', ..];
        text = inverted ? text[1..] : text;
        var set = new ByteSet();

        // What a dash would begin a range with; 0: nothing, as after a range or a class.
        var previous = (byte)0;
        var first = true;
        for (; !text.IsEmpty; first = false)
        {
            // At the very beginning the closing bracket is a character like any other.
            if (text[0] == Close && !first)
            {
                text = text[1..];
                if (inverted)
                {
                    set.Invert();
                }

                return set;
            }

            if (text is [(byte)'-', var end, ..] && previous != 0 && end != Close)
            {
                text = text[1..];
                if (!TryReadCharacter(ref text, out var last))
                {
                    return null;
                }

                set.AddRange(previous, last);
                previous = 0;
            }
            else if (text is [(byte)'[', (byte)':', ..] && FindClass(text) is not 0 and var length)
            {
                if (length < 0 || !TryAddClass(set, text[2..length]))
                {
                    return null;
                }

                text = text[(length + 2)..];
                previous = 0;
            }
            else
            {
                if (!TryReadCharacter(ref text, out previous))
                {
                    return null;
                }

                set.Add(previous);
            }
        }

        return null;
    }

    /// <summary>
    /// Where the name of a class ends that <c>[:</c> begins; 0: it is none, but two characters; negative: there is no more bracket.
    /// </summary>
    private static int FindClass(ReadOnlySpan<byte> text)
    {
        var close = text[2..].IndexOf(Close);
        return close < 0 ? -1
            : close > 0 && text[2 + close - 1] == ':' ? 2 + close - 1
            : 0;
    }

    private static bool TryReadCharacter(ref ReadOnlySpan<byte> text, out byte character)
    {
        text = text[0] == Escape ? text[1..] : text;
        character = text.IsEmpty ? (byte)0 : text[0];
        var found = !text.IsEmpty;
        text = found ? text[1..] : text;
        return found;
    }

    /// <summary>Git's own ideas of characters: ASCII alone, and neither VT nor FF is a space.</summary>
    private static bool TryAddClass(ByteSet set, ReadOnlySpan<byte> name)
    {
        Func<byte, bool>? isMember = Encoding.Latin1.GetString(name) switch
        {
            "alnum" => value => char.IsAsciiLetterOrDigit((char)value),
            "alpha" => value => char.IsAsciiLetter((char)value),
            "blank" => value => value is (byte)' ' or (byte)'\t',
            "cntrl" => value => value is < 0x20 or 0x7F,
            "digit" => value => char.IsAsciiDigit((char)value),
            "graph" => value => value is > 0x20 and < 0x7F,
            "lower" => value => char.IsAsciiLetterLower((char)value),
            "print" => value => value is >= 0x20 and < 0x7F,
            "punct" => value => value is > 0x20 and < 0x7F && !char.IsAsciiLetterOrDigit((char)value),
            "space" => value => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n',
            "upper" => value => char.IsAsciiLetterUpper((char)value),
            "xdigit" => value => char.IsAsciiHexDigit((char)value),
            _ => null,
        };
        if (isMember is null)
        {
            return false;
        }

        set.Add(isMember);
        return true;
    }
}

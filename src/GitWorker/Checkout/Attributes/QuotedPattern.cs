using System.Buffers;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>Reads a pattern in double quotes, with the escapes of C that git knows.</summary>
internal static class QuotedPattern
{
    private const byte Quote = (byte)'"';
    private const byte Escape = (byte)'\\';

    /// <param name="text">Begins with the first quote.</param>
    /// <param name="pattern">What is between the quotes.</param>
    /// <param name="rest">What is behind the last one.</param>
    /// <returns>False: the quotes are no quotes, but a part of an unquoted pattern.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out byte[] pattern, out ReadOnlySpan<byte> rest)
    {
        var read = new ArrayBufferWriter<byte>(Math.Max(text.Length, 1));
        pattern = [];
        rest = default;
        text = text[1..];
        while (!text.IsEmpty)
        {
            var current = text[0];
            text = text[1..];
            if (current == Quote)
            {
                pattern = read.WrittenSpan.ToArray();
                rest = text;
                return true;
            }

            if (current == Escape && !TryReadEscape(ref text, out current))
            {
                return false;
            }

            read.Write([current]);
        }

        return false;
    }

    private static bool IsOctal(byte digit) => digit is >= (byte)'0' and <= (byte)'7';

    private static bool TryReadEscape(ref ReadOnlySpan<byte> text, out byte value)
    {
        // Three octal digits, which must fit a byte.
        if (text is [>= (byte)'0' and <= (byte)'3' and var first, var second, var third, ..] && IsOctal(second) && IsOctal(third))
        {
            value = (byte)(((first - '0') << 6) | ((second - '0') << 3) | (third - '0'));
            text = text[3..];
            return true;
        }

        value = text.IsEmpty
            ? (byte)0
            : text[0] switch
            {
                (byte)'a' => (byte)'\a',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'v' => (byte)'\v',
                Escape => Escape,
                Quote => Quote,
                _ => (byte)0,
            };
        text = text.IsEmpty ? text : text[1..];
        return value != 0;
    }
}

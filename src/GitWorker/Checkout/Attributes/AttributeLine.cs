using System.Buffers;
using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>A line of a <c>.gitattributes</c> file, as git's attr.c reads it: a pattern or a macro's name, and attributes.</summary>
/// <param name="Pattern">Which paths it is about, by the rules of .gitignore; empty for a macro.</param>
/// <param name="Macro">The name that is defined; null: the line is about paths.</param>
/// <param name="Attributes">In the order of the line.</param>
internal sealed record AttributeLine(byte[] Pattern, string? Macro, IReadOnlyList<NamedAttribute> Attributes)
{
    // ATTR_MAX_LINE_LENGTH of git 2.39 and later: a longer one is passed over.
    private const int MaximumLength = 2047;

    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r\n"u8);
    private static readonly SearchValues<byte> OfNames = SearchValues.Create(
        "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8
    );

    private static ReadOnlySpan<byte> MacroPrefix => "[attr]"u8;

    /// <param name="line">Without its line feed, and without a NUL.</param>
    /// <param name="allowMacro">Whether it is in a file at the root: elsewhere a macro is passed over.</param>
    /// <returns>Null: git passes it over.</returns>
    public static AttributeLine? Read(ReadOnlySpan<byte> line, bool allowMacro)
    {
        var rest = SkipBlank(line);
        if (rest.IsEmpty || rest[0] == '#' || line.Length > MaximumLength)
        {
            return null;
        }

        ReadOnlySpan<byte> name;
        if (rest[0] == '"' && QuotedPattern.TryRead(rest, out var quoted, out var behind))
        {
            name = quoted;
            rest = behind;
        }
        else
        {
            name = UntilBlank(rest);
            rest = rest[name.Length..];
        }

        string? macro = null;
        if (name.Length > MacroPrefix.Length && name.StartsWith(MacroPrefix))
        {
            name = UntilBlank(UntilNul(SkipBlank(name[MacroPrefix.Length..])));
            if (!allowMacro || !IsName(name))
            {
                return null;
            }

            macro = Encoding.ASCII.GetString(name);
        }

        // A negative pattern is none, says gitattributes(5).
        return ReadAttributes(rest) is not { } attributes || (macro is null && name is [(byte)'!', ..])
            ? null
            : new AttributeLine(macro is null ? UntilNul(name).ToArray() : [], macro, attributes);
    }

    /// <summary>One that git does not take spoils the whole line.</summary>
    private static List<NamedAttribute>? ReadAttributes(ReadOnlySpan<byte> text)
    {
        var attributes = new List<NamedAttribute>();
        var rest = SkipBlank(text);
        while (!rest.IsEmpty)
        {
            var word = UntilBlank(rest);
            rest = SkipBlank(rest[word.Length..]);
            var equals = word.IndexOf((byte)'=');
            var name = equals < 0 ? word : word[..equals];
            var value = name switch
            {
                [(byte)'-', ..] => new AttributeValue(AttributeState.Unset),
                [(byte)'!', ..] => new AttributeValue(AttributeState.Unspecified),
                _ when equals < 0 => new AttributeValue(AttributeState.Set),
                _ => new AttributeValue(AttributeState.Value, Encoding.Latin1.GetString(word[(equals + 1)..])),
            };
            name = name is [(byte)'-' or (byte)'!', ..] ? name[1..] : name;
            if (!IsName(name))
            {
                return null;
            }

            attributes.Add(new NamedAttribute(Encoding.ASCII.GetString(name), value));
        }

        return attributes;
    }

    private static bool IsName(ReadOnlySpan<byte> name) => name is not ([] or [(byte)'-', ..]) && !name.ContainsAnyExcept(OfNames);

    private static ReadOnlySpan<byte> SkipBlank(ReadOnlySpan<byte> text) =>
        text.IndexOfAnyExcept(Blank) is >= 0 and var start ? text[start..] : [];

    private static ReadOnlySpan<byte> UntilBlank(ReadOnlySpan<byte> text) =>
        text.IndexOfAny(Blank) is >= 0 and var end ? text[..end] : text;

    private static ReadOnlySpan<byte> UntilNul(ReadOnlySpan<byte> text) => text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text;
}

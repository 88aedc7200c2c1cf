namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>What a checkout does with the content of a file, as git's convert.c decides with nothing configured.</summary>
/// <param name="LineEnds">What it does with line ends.</param>
/// <param name="Ident">Whether <c>$Id$</c> is expanded.</param>
/// <param name="Encoding">The encoding that the file gets, by the name that the repository gives it; null: it stays UTF-8.</param>
internal readonly record struct FileConversion(LineEndConversion LineEnds, bool Ident, string? Encoding)
{
    /// <summary>The filter of Git LFS, by its name.</summary>
    public const string Lfs = "lfs";

    /// <summary>Whether it may be a file of Git LFS, which a filter of that would fetch. No filter is run at a checkout.</summary>
    public bool IsLfs { get; init; }

    /// <summary>Whether the content stays as it was committed.</summary>
    public bool IsNone => LineEnds is LineEndConversion.None or LineEndConversion.NoneAfterLook && !Ident && Encoding is null;

    /// <summary>
    /// Whether git converts while it writes (<c>classify_conv_attrs</c>): it expands <c>$Id$</c> by other rules then than where it
    /// has to see all of a file first.
    /// </summary>
    public bool IsStreamed => LineEnds is LineEndConversion.None or LineEndConversion.CrLf && Encoding is null;

    /// <summary>What the attributes of a path ask for.</summary>
    public static FileConversion Of(
        AttributeValue text,
        AttributeValue crlf,
        AttributeValue eol,
        AttributeValue ident,
        AttributeValue encoding
    ) =>
        new(
            LineEndsOf(Kind(text) ?? Kind(crlf), eol),
            ident.State == AttributeState.Set,
            encoding.State switch
            {
                // git itself gives up here: this is the name of no encoding.
                AttributeState.Set => "true",
                AttributeState.Value when encoding.Text.Length > 0 && !IsUtf8(encoding.Text) => encoding.Text,
                _ => null,
            }
        );

    private static LineEndConversion LineEndsOf(TextKind? kind, AttributeValue eol) =>
        kind switch
        {
            TextKind.Binary => LineEndConversion.None,
            TextKind.Auto when eol.Is("crlf") => LineEndConversion.CrLfIfText,
            TextKind.Auto when eol.Is("lf") => LineEndConversion.None,
            TextKind.Auto => LineEndConversion.NoneAfterLook,
            _ => eol.Is("crlf") ? LineEndConversion.CrLf : LineEndConversion.None,
        };

    /// <summary>What <c>text</c> says, or <c>crlf</c> as it was called before; null: nothing, so the other one is asked.</summary>
    private static TextKind? Kind(AttributeValue value) =>
        value switch
        {
            { State: AttributeState.Set } => TextKind.Text,
            { State: AttributeState.Unset } => TextKind.Binary,
            _ when value.Is("input") => TextKind.Text,
            _ when value.Is("auto") => TextKind.Auto,
            _ => null,
        };

    private static bool IsUtf8(string name) =>
        name.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || name.Equals("UTF8", StringComparison.OrdinalIgnoreCase);

    private enum TextKind
    {
        Text,
        Binary,
        Auto,
    }
}

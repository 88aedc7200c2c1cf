using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

public sealed class AttributeLineTests
{
    [Theory]
    [InlineData("*.c text", "*.c", "text=Set")]
    [InlineData(" \t*.c\ttext  -eol\r", "*.c", "text=Set eol=Unset")]
    [InlineData("*.c eol=crlf !ident", "*.c", "eol=crlf ident=Unspecified")]
    [InlineData("*.c text= -text=auto", "*.c", "text= text=Unset")]
    [InlineData("*.c", "*.c", "")]
    [InlineData("\"a b\" text", "a b", "text=Set")]
    [InlineData("\"a\\tb\\101\\\"\"text", "a\tbA\"", "text=Set")]
    [InlineData("\"a\\400b\" text", "\"a\\400b\"", "text=Set")]
    [InlineData("\"a\\400\" text", "\"a\\400\"", "text=Set")]
    [InlineData("\"a text", "\"a", "text=Set")]
    [InlineData("\"a\\000b\" text", "a", "text=Set")]
    [InlineData("# *.c text", null, null)]
    [InlineData("\\# text", "\\#", "text=Set")]
    [InlineData("  ", null, null)]
    [InlineData("!*.c text", null, null)]
    [InlineData("\\!a text", "\\!a", "text=Set")]
    [InlineData("*.c text -", null, null)]
    [InlineData("*.c =x text", null, null)]
    [InlineData("*.c te+xt", null, null)]
    [InlineData("*.c --text", null, null)]
    [InlineData("[attr] text", "[attr]", "text=Set")]
    [InlineData("\uFEFF*.c text", "\uFEFF*.c", "text=Set")]
    public void A_line_is_read_as_git_does(string line, string? pattern, string? attributes)
    {
        var read = Read(line, allowMacro: true);

        Assert.Equal(pattern, read is null ? null : Encoding.UTF8.GetString(read.Pattern));
        Assert.Equal(attributes, read is null ? null : Shown(read));
    }

    [Theory]
    [InlineData("[attr]dos eol=crlf", "dos", "eol=crlf")]
    [InlineData("\"[attr] dos x\" eol=crlf", "dos", "eol=crlf")]
    [InlineData("[attr]-dos eol=crlf", null, null)]
    public void A_macro_is_read_at_the_root_alone(string line, string? macro, string? attributes)
    {
        var read = Read(line, allowMacro: true);

        Assert.Equal(macro, read?.Macro);
        Assert.Equal(attributes, read is null ? null : Shown(read));
        Assert.Null(Read(line, allowMacro: false));
    }

    [Theory]
    [InlineData(2047, true)]
    [InlineData(2048, false)]
    public void A_line_that_is_too_long_is_passed_over(int length, bool read) =>
        Assert.Equal(read, Read("*.c text" + new string(' ', length - "*.c text".Length), allowMacro: true) is not null);

    private static AttributeLine? Read(string line, bool allowMacro) => AttributeLine.Read(Encoding.UTF8.GetBytes(line), allowMacro);

    private static string Shown(AttributeLine line) =>
        string.Join(
            ' ',
            line.Attributes.Select(one => $"{one.Name}={(one.Value.State == AttributeState.Value ? one.Value.Text : one.Value.State)}")
        );
}

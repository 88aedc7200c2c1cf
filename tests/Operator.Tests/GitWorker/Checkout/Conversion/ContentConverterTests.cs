using System.Text;
using CodeRepoOperator.GitWorker.Checkout.Attributes;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Checkout.Conversion;

/// <summary>Each row is what <c>git clone</c> writes.</summary>
public sealed class ContentConverterTests
{
    private const string Blob = "0123456789012345678901234567890123456789";
    private const string Expanded = $"$Id: {Blob} $";

    [Theory]
    [InlineData("text eol=crlf", "a\nb\r\nc\rd\n", "a\r\nb\r\nc\rd\r\n")]
    [InlineData("text eol=crlf", "a\0\n", "a\0\r\n")]
    [InlineData("eol=crlf", "a\n", "a\r\n")]
    [InlineData("crlf eol=crlf", "a\n", "a\r\n")]
    [InlineData("crlf=input eol=crlf", "a\n", "a\r\n")]
    [InlineData("crlf=input", "a\n", "a\n")]
    [InlineData("-crlf eol=crlf", "a\n", "a\n")]
    [InlineData("-text eol=crlf", "a\n", "a\n")]
    [InlineData("binary eol=crlf", "a\n", "a\n")]
    [InlineData("-text crlf eol=crlf", "a\n", "a\n")]
    [InlineData("text=nonsense crlf=auto eol=crlf", "a\rb\n", "a\rb\n")]
    [InlineData("text=auto", "a\n", "a\n")]
    [InlineData("text=auto eol=lf", "a\n", "a\n")]
    [InlineData("text=auto eol=crlf", "a\nb\n", "a\r\nb\r\n")]
    [InlineData("text=auto eol=crlf", "a\nb\r\n", "a\nb\r\n")]
    [InlineData("text=auto eol=crlf", "a\nb\rc", "a\nb\rc")]
    [InlineData("text=auto eol=crlf", "a\0\n", "a\0\n")]
    [InlineData("text=auto eol=crlf", "a\vb\fc\nd\n", "a\vb\fc\nd\n")]
    [InlineData("text=auto eol=crlf", "a\fb\b\t\x1b\n", "a\fb\b\t\x1b\r\n")]
    [InlineData("text=auto eol=crlf", "a\n\x1a", "a\r\n\x1a")]
    [InlineData("text=auto eol=crlf", "a\x1a\n", "a\x1a\n")]
    [InlineData("ident", "$Id$ $Id: abc $ $Id:x$", $"{Expanded} {Expanded} {Expanded}")]
    [InlineData("ident", "$Id: a b $ $Id: a\n$ $id$", "$Id: a b $ $Id: a\n$ $id$")]
    [InlineData("ident", "$$Id$ $Idx$Id: a b $", $"$$Id$ {Expanded}")]
    [InlineData("ident", "$Id: a\tb $", "$Id: a\tb $")]
    [InlineData("ident", "$Id\0$Id$ $Id\0$$Id$", $"$Id\0$Id$ $Id\0${Expanded}")]
    [InlineData("ident text=auto", "$Id$ $Id: abc $ $Id:x$ $Id:$", $"{Expanded} {Expanded} {Expanded} {Expanded}")]
    [InlineData("ident text=auto", "$Id: a b $ $Id: a\n$ $id$", "$Id: a b $ $Id: a\n$ $id$")]
    [InlineData("ident text=auto", "$$Id$", $"${Expanded}")]
    [InlineData("ident text=auto", "$Id: a\tb $", Expanded)]
    [InlineData("ident text=auto eol=lf", "$Id: a\tb $", "$Id: a\tb $")]
    [InlineData("-ident", "$Id$", "$Id$")]
    [InlineData("ident=x", "$Id$", "$Id$")]
    [InlineData("ident eol=crlf", "$Id$\n", $"{Expanded}\r\n")]
    public void Content_is_converted(string attributes, string content, string expected)
    {
        var conversion = ConversionOf(attributes);
        var converted = Encoding.Latin1.GetString(
            new ContentConverter().Convert(Encoding.Latin1.GetBytes(content), ObjectId.Parse(Blob), conversion, out var isEncoded)
        );

        Assert.Equal((expected, true), (converted, isEncoded));
        Assert.False(conversion.IsNone && expected != content);
    }

    [Theory]
    [InlineData(127, "a\n")]
    [InlineData(128, "a\r\n")]
    public void One_odd_byte_of_128_makes_a_file_no_text(int printable, string end)
    {
        var content = new string('x', printable - 1) + "\va\n";

        var converted = new ContentConverter().Convert(
            Encoding.ASCII.GetBytes(content),
            default,
            ConversionOf("text=auto eol=crlf"),
            out _
        );

        Assert.EndsWith(end, Encoding.ASCII.GetString(converted), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UTF-16", "é\n", "FFFEE9000A00")]
    [InlineData("utf16", "é", "FFFEE900")]
    [InlineData("UTF-16LE", "é", "E900")]
    [InlineData("UTF-16BE", "é", "00E9")]
    [InlineData("utf-16le-bom", "é", "FFFEE900")]
    [InlineData("UTF-16BE-BOM", "é", "FEFF00E9")]
    [InlineData("UTF-32", "é", "FFFE0000E9000000")]
    [InlineData("latin1", "é", "E9")]
    [InlineData("windows-1252", "€", "80")]
    [InlineData("UTF-16", "", "")]
    public void Content_is_encoded(string encoding, string content, string expected) =>
        Assert.Equal((expected, true), Encode(Encoding.UTF8.GetBytes(content), encoding));

    [Theory]
    [InlineData("no-such", "C3A9")]
    [InlineData("latin1", "E282AC")]
    [InlineData("CP1252", "C281")]
    [InlineData("UTF-16", "C3")]
    [InlineData("UTF-16", "EDA080")]
    public void Content_that_can_not_be_encoded_stays(string encoding, string content) =>
        Assert.Equal((content, false), Encode(System.Convert.FromHexString(content), encoding));

    [Theory]
    [InlineData("working-tree-encoding=UTF-8")]
    [InlineData("working-tree-encoding=utf8")]
    [InlineData("working-tree-encoding=")]
    [InlineData("-working-tree-encoding")]
    public void UTF_8_is_what_is_committed(string attributes) => Assert.True(ConversionOf(attributes).IsNone);

    [Fact]
    public void Line_ends_come_before_the_encoding_however_long_the_file()
    {
        var content = string.Concat(Enumerable.Repeat("é名😀\n", 5000));

        var converted = new ContentConverter().Convert(
            Encoding.UTF8.GetBytes(content),
            default,
            ConversionOf("text eol=crlf working-tree-encoding=UTF-16LE"),
            out _
        );

        Assert.Equal(content.Replace("\n", "\r\n", StringComparison.Ordinal), Encoding.Unicode.GetString(converted));
    }

    private static (string Content, bool IsEncoded) Encode(byte[] content, string encoding)
    {
        var converted = new ContentConverter().Convert(
            content,
            default,
            ConversionOf($"working-tree-encoding={encoding}"),
            out var isEncoded
        );
        return (System.Convert.ToHexString(converted), isEncoded);
    }

    private static FileConversion ConversionOf(string attributes)
    {
        var table = new AttributeTable([]);
        var values = new AttributeValues(table);
        new AttributeRules(Encoding.ASCII.GetBytes($"* {attributes}\n"), table, atRoot: true).Fill("file"u8, "file"u8, values);
        return FileConversion.Of(
            values[AttributeTable.Text],
            values[AttributeTable.Crlf],
            values[AttributeTable.Eol],
            values[AttributeTable.Ident],
            values[AttributeTable.WorkingTreeEncoding]
        );
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout.Conversion;

/// <summary>Holds each encoding to the iconv that git uses, by what both make of each character.</summary>
public sealed partial class WorkingTreeEncodingTests
{
    private static readonly nint Invalid = -1;

    /// <summary>The mark is git's own, and latin-1 it calls otherwise when iconv does not know it.</summary>
    public static TheoryData<string> Names =>
        [.. WorkingTreeEncoding.Names.Where(name => !name.EndsWith("-BOM", StringComparison.Ordinal) && name != "LATIN-1")];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_character_has_the_bytes_that_iconv_gives_it_or_none(string name)
    {
        var iconv = iconv_open(name, "UTF-8");
        Assert.True(iconv != Invalid, $"iconv does not know {name}");
        try
        {
            var (encoding, buffer) = (WorkingTreeEncoding.Find(name)!, new ContentBuffer());

            // Each that an encoding lacks is an exception, which is slow.
            foreach (var character in Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Where(value => value % 997 == 0 || IsLikely(value)))
            {
                var text = Encoding.UTF8.GetBytes(new Rune(character).ToString());
                if (encoding.TryEncode(text, buffer))
                {
                    Assert.True(buffer.Content.SequenceEqual(Convert(iconv, text)), $"{name}: U+{character:X}");
                }
            }
        }
        finally
        {
            _ = iconv_close(iconv);
        }
    }

    /// <summary>Letters of Europe, symbols, lines, and what Windows and DOS give bytes to that have no character.</summary>
    private static bool IsLikely(int character) =>
        character
            is < 0x500
                or (>= 0x2010 and < 0x2030)
                or (>= 0x20A0 and < 0x20B0)
                or (>= 0x2200 and < 0x2230)
                or (>= 0x2550 and < 0x2560)
                or (>= 0xF8A0 and < 0xF900);

    private static unsafe byte[] Convert(nint iconv, byte[] text)
    {
        var output = new byte[16];
        fixed (
            byte* from = text,
                to = output
        )
        {
            var (input, result, inputLeft, outputLeft) = ((nint)from, (nint)to, (nint)text.Length, (nint)output.Length);

            // From the beginning, with a mark.
            _ = iconv_(iconv, null, null, null, null);
            return iconv_(iconv, &input, &inputLeft, &result, &outputLeft) == Invalid ? [] : output[..^(int)outputLeft];
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint iconv_open(string to, string from);

    [LibraryImport("libc")]
    private static partial int iconv_close(nint iconv);

    [LibraryImport("libc", EntryPoint = "iconv")]
    private static unsafe partial nint iconv_(nint iconv, nint* input, nint* inputLeft, nint* output, nint* outputLeft);
}

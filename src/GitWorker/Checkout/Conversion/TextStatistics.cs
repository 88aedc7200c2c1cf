using System.Runtime.InteropServices;

namespace CodeRepoOperator.GitWorker.Checkout.Conversion;

/// <summary>What git counts in a file to find out whether it is a text (<c>gather_stats</c> of convert.c).</summary>
/// <param name="LoneCr">CR that no LF follows.</param>
/// <param name="LoneLf">LF that no CR is before.</param>
/// <param name="CrLf">Pairs of them.</param>
/// <param name="Nul">NUL.</param>
/// <param name="Printable">Other bytes: all from space up, and BS, HT, ESC and FF.</param>
/// <param name="NonPrintable">All the rest, NUL and DEL among them, but not a Ctrl-Z at the end.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextStatistics(long LoneCr, long LoneLf, long CrLf, long Nul, long Printable, long NonPrintable)
{
    private const byte CtrlZ = 0x1A;
    private const byte Delete = 0x7F;
    private const byte Escape = 0x1B;

    // One byte of 128 may be odd in a text.
    private const int ShiftToOdd = 7;

    /// <summary>Whether git takes the file for something else than text.</summary>
    public bool IsBinary => LoneCr > 0 || Nul > 0 || Printable >> ShiftToOdd < NonPrintable;

    public static TextStatistics Of(ReadOnlySpan<byte> content)
    {
        var (loneCr, loneLf, crLf, nul, printable, nonPrintable) = (0L, 0L, 0L, 0L, 0L, 0L);
        for (var i = 0; i < content.Length; i++)
        {
            switch (content[i])
            {
                case (byte)'\r' when i + 1 < content.Length && content[i + 1] == '\n':
                    crLf++;
                    i++;
                    break;
                case (byte)'\r':
                    loneCr++;
                    break;
                case (byte)'\n':
                    loneLf++;
                    break;
                case 0:
                    nul++;
                    nonPrintable++;
                    break;
                case (byte)'\b' or (byte)'\t' or (byte)'\f' or Escape or (>= (byte)' ' and not Delete):
                    printable++;
                    break;
                default:
                    nonPrintable++;
                    break;
            }
        }

        return new TextStatistics(loneCr, loneLf, crLf, nul, printable, nonPrintable - (content is [.., CtrlZ] ? 1 : 0));
    }
}

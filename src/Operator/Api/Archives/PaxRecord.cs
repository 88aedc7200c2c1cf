using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Api.Archives;

/// <summary>What a header of tar has no room for: a line of its length, a key and a value (POSIX, pax).</summary>
internal static class PaxRecord
{
    public static byte[] Of(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // The length counts its own digits: a digit more may make one more.
        var rest = key.Length + value.Length + 3;
        var length = rest + Digits(rest);
        length = rest + Digits(length);
        return
        [
            .. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)),
            (byte)' ',
            .. key,
            (byte)'=',
            .. value,
            (byte)'\n',
        ];
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}

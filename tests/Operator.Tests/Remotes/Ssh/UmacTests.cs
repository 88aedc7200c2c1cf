using System.Buffers.Binary;
using System.Text;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>The test vectors of RFC 4418 (its appendix): a key of a to p, a nonce of b to i.</summary>
public sealed class UmacTests
{
    private static readonly byte[] Key = "abcdefghijklmnop"u8.ToArray();

    [Theory]
    [InlineData("", 0, "6E155FAD26900BE1")]
    [InlineData("a", 3, "44B5CB542F220104")]
    [InlineData("a", 1 << 10, "26BF2F5D60118BD9")]
    [InlineData("a", 1 << 15, "27F8EF643B0D118D")]
    [InlineData("a", 1 << 20, "A4477E87E9F55853")]
    [InlineData("abc", 1, "D4D7B9F6BD4FBFCF")]
    [InlineData("abc", 500, "D4CF26DDEFD5C01A")]
    public void A_message_has_the_tag_of_the_RFC(string piece, int times, string tag)
    {
        using var umac = new Umac(Key, Umac.ShortTag);
        var message = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, times)));

        Assert.Equal(tag, Convert.ToHexString(umac.TagOf("bcdefghi"u8, message)));
    }

    [Theory]
    [InlineData(Umac.ShortTag)]
    [InlineData(Umac.LongTag)]
    public void The_number_of_a_packet_is_its_nonce_however_its_bytes_come(int length)
    {
        using var umac = new Umac(Key, length);
        foreach (var number in new[] { 0u, 1u, 2u, uint.MaxValue })
        {
            var (packet, nonce) = (new byte[4 + 2000], new byte[8]);
            BinaryPrimitives.WriteUInt32BigEndian(packet, number);
            BinaryPrimitives.WriteUInt64BigEndian(nonce, number);
            packet.AsSpan(4).Fill(7);

            var whole = umac.ComputeHash(packet);
            umac.TransformBlock(packet, 0, 3, null, 0);
            umac.TransformFinalBlock(packet, 3, packet.Length - 3);

            Assert.Equal(length, whole.Length);
            Assert.Equal(whole, umac.Hash);
            Assert.Equal(whole, umac.TagOf(nonce, packet.AsSpan(4)));
            umac.Initialize();
        }
    }
}

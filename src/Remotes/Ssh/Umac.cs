using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// UMAC (RFC 4418) as SSH has it: OpenSSH's <c>umac-64</c> and <c>umac-128</c>. The nonce is the number of the packet, which the library
/// puts in front of what is to be hashed.
/// </summary>
internal sealed class Umac : HashAlgorithm
{
    /// <summary>Of a key, in bytes.</summary>
    public const int KeyLength = 16;

    /// <summary>Of umac-64, in bytes.</summary>
    public const int ShortTag = 8;

    /// <summary>Of umac-128, in bytes.</summary>
    public const int LongTag = 16;

    private const int NumberLength = 4;
    private const int NonceLength = 8;
    private const int AesBlock = 16;

    // The message is hashed in blocks of so many bytes, with as much of a key, which begins later by so many for each four bytes of the
    // tag.
    private const int Block = 1024;
    private const int BlockWords = Block / sizeof(uint);
    private const int Shift = 16;

    // What is left of a message is filled up to a multiple of so many bytes.
    private const int Part = 32;

    // The second layer, a polynomial over 64 bits, is for so many blocks. Beyond it is another one, and no packet is as long.
    private const int MaximumBlocks = 1 << 14;

    private const ulong Prime64 = 0xFFFF_FFFF_FFFF_FFC5;
    private const ulong Offset64 = 59;
    private const ulong LargestWord = 0xFFFF_FFFF_0000_0000;
    private const ulong Prime36 = 0xF_FFFF_FFFB;
    private const ulong PolynomialMask = 0x01FF_FFFF_01FF_FFFF;
    private const int PolynomialKey = 24;
    private const int SumWords = 8;

    private readonly ArrayBufferWriter<byte> _given = new();
    private readonly Aes _pads = Aes.Create();
    private readonly int _words;
    private readonly uint[] _blockKey;
    private readonly ulong[] _polynomialKeys;
    private readonly ulong[] _sumKeys;
    private readonly uint[] _lastKeys;

    /// <param name="key">Of <see cref="KeyLength"/> bytes.</param>
    /// <param name="tagLength"><see cref="ShortTag"/> or <see cref="LongTag"/>.</param>
    public Umac(byte[] key, int tagLength)
    {
        (_words, HashSizeValue) = (tagLength / sizeof(uint), 8 * tagLength);
        using var deriving = Aes.Create();
        deriving.Key = key;
        _pads.Key = Derive(deriving, 0, KeyLength);
        _blockKey = [.. Words(Derive(deriving, 1, Block + ((_words - 1) * Shift)))];
        var polynomial = Derive(deriving, 2, _words * PolynomialKey);
        _polynomialKeys =
        [
            .. Enumerable
                .Range(0, _words)
                .Select(i => BinaryPrimitives.ReadUInt64BigEndian(polynomial.AsSpan(i * PolynomialKey)) & PolynomialMask),
        ];
        var sums = Derive(deriving, 3, _words * SumWords * sizeof(ulong));
        _sumKeys =
        [
            .. Enumerable
                .Range(0, _words * SumWords)
                .Select(i => BinaryPrimitives.ReadUInt64BigEndian(sums.AsSpan(i * sizeof(ulong))) % Prime36),
        ];
        _lastKeys = [.. Words(Derive(deriving, 4, _words * sizeof(uint)))];
    }

    /// <inheritdoc />
    public override void Initialize() => _given.ResetWrittenCount();

    /// <summary>The tag of a message.</summary>
    /// <param name="nonce">8 bytes that no other message with this key has.</param>
    /// <param name="message">The message, up to 16 MiB.</param>
    public byte[] TagOf(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> message)
    {
        if (message.Length > MaximumBlocks * Block)
        {
            throw new ArgumentException("It is longer than the second layer takes.", nameof(message));
        }

        var tag = PadOf(nonce);
        for (var i = 0; i < _words; i++)
        {
            var word = tag.AsSpan(i * sizeof(uint));
            BinaryPrimitives.WriteUInt32BigEndian(word, BinaryPrimitives.ReadUInt32BigEndian(word) ^ WordOf(message, i));
        }

        return tag;
    }

    /// <inheritdoc />
    protected override void HashCore(byte[] array, int ibStart, int cbSize) => _given.Write(array.AsSpan(ibStart, cbSize));

    /// <inheritdoc />
    protected override void HashCore(ReadOnlySpan<byte> source) => _given.Write(source);

    /// <inheritdoc />
    protected override byte[] HashFinal()
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        nonce.Clear();
        _given.WrittenSpan[..NumberLength].CopyTo(nonce[^NumberLength..]);
        return TagOf(nonce, _given.WrittenSpan[NumberLength..]);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pads.Dispose();
        }

        base.Dispose(disposing);
    }

    private static byte[] Derive(Aes key, byte index, int length)
    {
        var counters = new byte[(length + AesBlock - 1) / AesBlock * AesBlock];
        for (var at = 0; at < counters.Length; at += AesBlock)
        {
            counters[at + 7] = index;
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan(at + 8), (ulong)(at / AesBlock) + 1);
        }

#pragma warning disable CA5358 // Of counters, which never repeat: so the RFC makes a stream of it.
        return key.EncryptEcb(counters, PaddingMode.None)[..length];
#pragma warning restore CA5358
    }

    private static IEnumerable<uint> Words(byte[] bytes) =>
        bytes.Chunk(sizeof(uint)).Select(word => BinaryPrimitives.ReadUInt32BigEndian(word));

    /// <summary>One block makes the pads of two short tags: the last bit of the nonce says which half.</summary>
    private byte[] PadOf(ReadOnlySpan<byte> nonce)
    {
        Span<byte> block = stackalloc byte[AesBlock];
        block.Clear();
        nonce.CopyTo(block);
        var isShort = _words * sizeof(uint) == ShortTag;
        var half = isShort ? nonce[^1] & 1 : 0;
        block[NonceLength - 1] ^= (byte)half;
#pragma warning disable CA5358 // A single block of a number that never repeats.
        var pad = _pads.EncryptEcb(block, PaddingMode.None);
#pragma warning restore CA5358
        return isShort ? pad[(half * ShortTag)..((half + 1) * ShortTag)] : pad;
    }

    private uint WordOf(ReadOnlySpan<byte> message, int i)
    {
        var key = _blockKey.AsSpan(i * Shift / sizeof(uint), BlockWords);
        var sum = (UInt128)0;
        if (message.Length <= Block)
        {
            sum = BlockHash(message, key);
        }
        else
        {
            var polynomial = 1UL;
            for (var rest = message; !rest.IsEmpty; rest = rest[Math.Min(Block, rest.Length)..])
            {
                polynomial = Polynomial(_polynomialKeys[i], polynomial, BlockHash(rest[..Math.Min(Block, rest.Length)], key));
            }

            sum = polynomial;
        }

        return LastHash(sum, _sumKeys.AsSpan(i * SumWords, SumWords)) ^ _lastKeys[i];
    }

    /// <summary>NH: products of sums, of words of the message (little-endian) and of the key.</summary>
    private static ulong BlockHash(ReadOnlySpan<byte> block, ReadOnlySpan<uint> key)
    {
        Span<byte> filled = stackalloc byte[Block];
        var length = Math.Max(Part, (block.Length + Part - 1) / Part * Part);
        filled = filled[..length];
        filled[block.Length..].Clear();
        block.CopyTo(filled);
        var words = MemoryMarshal.Cast<byte, uint>(filled);
        var sum = 8 * (ulong)block.Length;
        for (var at = 0; at < words.Length; at += 8)
        {
            for (var j = at; j < at + 4; j++)
            {
                unchecked
                {
                    sum += (ulong)(Little(words[j]) + key[j]) * (Little(words[j + 4]) + key[j + 4]);
                }
            }
        }

        return sum;
    }

    private static uint Little(uint word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

    private static ulong Polynomial(ulong key, ulong sum, ulong word) =>
        word >= LargestWord ? Step(key, Step(key, sum, Prime64 - 1), word - Offset64) : Step(key, sum, word);

    private static ulong Step(ulong key, ulong sum, ulong word) => (ulong)((((UInt128)key * sum) + word) % Prime64);

    private static uint LastHash(UInt128 sum, ReadOnlySpan<ulong> keys)
    {
        var result = 0UL;
        for (var i = 0; i < SumWords; i++)
        {
            result += (ulong)(sum >> (16 * (SumWords - 1 - i)) & ushort.MaxValue) * keys[i] % Prime36;
        }

        return unchecked((uint)(result % Prime36));
    }
}

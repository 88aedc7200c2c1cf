namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>Git's delta: what to copy from a base and what to insert.</summary>
internal static unsafe class Delta
{
    private const int CopyFlag = 0x80;

    // A copy whose length has no byte.
    private const uint DefaultCopy = 0x10000;

    /// <summary>The object that a delta makes of its base.</summary>
    /// <exception cref="PackDamage">It is not to this base, or makes no object of the length that it declares.</exception>
    public static NativeBuffer Apply(NativeBuffer delta, NativeBuffer against)
    {
        var at = delta.Data;
        var end = at + delta.Length;
        if (Size(ref at, end) != against.Length)
        {
            throw Wrong();
        }

        var length = Size(ref at, end);
        var target = new NativeBuffer();
        try
        {
            target.Reserve(nuint.Max(length, 1));
            while (at < end)
            {
                var operation = *at++;
                if ((operation & CopyFlag) != 0)
                {
                    var offset = Number(ref at, end, operation & 15);
                    var count = Number(ref at, end, (operation >> 4) & 7);
                    count = count == 0 ? DefaultCopy : count;
                    Append(target, length, against.Data + offset, count, (ulong)offset + count <= against.Length);
                }
                else
                {
                    // No operation has the number 0.
                    Append(target, length, at, operation, operation > 0 && operation <= end - at);
                    at += operation;
                }
            }

            return target.Length == length ? target : throw Wrong();
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    private static void Append(NativeBuffer target, nuint length, byte* from, uint count, bool isThere)
    {
        if (!isThere || count > length - target.Length)
        {
            throw Wrong();
        }

        Buffer.MemoryCopy(from, target.Data + target.Length, count, count);
        target.Length += count;
    }

    /// <summary>A number of which only those bytes are written that are not 0.</summary>
    private static uint Number(ref byte* at, byte* end, int present)
    {
        var number = 0u;
        for (var bit = 0; present >> bit != 0; bit++)
        {
            if (((present >> bit) & 1) != 0)
            {
                number |= (uint)Next(ref at, end) << (8 * bit);
            }
        }

        return number;
    }

    private static nuint Size(ref byte* at, byte* end)
    {
        var size = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var next = Next(ref at, end);
            if (shift > 56)
            {
                throw Wrong();
            }

            size |= (ulong)(next & 127) << shift;
            if (next < 128)
            {
                return (nuint)size;
            }
        }
    }

    private static byte Next(ref byte* at, byte* end) => at < end ? *at++ : throw Wrong();

    private static PackDamage Wrong() => new("a delta does not fit its base");
}

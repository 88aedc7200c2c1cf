using System.Text;

namespace CodeRepoOperator.Api.Archives;

/// <summary>
/// Headers of a tar file (POSIX, ustar) as <c>git archive</c> writes them: all belongs to root, and git's own umask of 0002 is off the
/// modes.
/// </summary>
/// <param name="committedAt">The time of all entries, in seconds since 1970.</param>
internal readonly struct TarHeader(long committedAt)
{
    /// <summary>Of each header; what follows is filled up to a multiple of it.</summary>
    public const int Length = 512;

    /// <summary>What eleven octal digits express; git notes later times elsewhere, for readers that take such.</summary>
    private const long LatestTime = 0x1_FFFF_FFFF;

    private const int WorldReadable = 0b_110_110_110; // 0666
    private const int GroupWritable = 0b_110_110_100; // 0664
    private const int GroupWritableExecutable = 0b_111_111_101; // 0775
    private const int All = 0b_111_111_111; // 0777

    /// <summary>Writes the header of what holds for the whole file.</summary>
    public void WriteGlobal(Span<byte> header, int size) => Write(header, (byte)'g', "pax_global_header"u8, WorldReadable, size);

    /// <summary>Writes the header of what the next header has no room for.</summary>
    public void WriteExtended(Span<byte> header, int size, string id) =>
        Write(header, (byte)'x', Encoding.ASCII.GetBytes($"{id}.paxheader"), WorldReadable, size);

    /// <summary>Writes the header of an entry.</summary>
    public void Write(Span<byte> header, TarEntry entry)
    {
        var (prefix, name) = entry.Names;
        prefix.Span.CopyTo(header[345..]);
        entry.TargetName.Span.CopyTo(header[157..]);
        var (type, mode) = entry.Kind switch
        {
            TarEntryKind.Directory => ((byte)'5', GroupWritableExecutable),
            TarEntryKind.Link => ((byte)'2', All),
            TarEntryKind.Executable => ((byte)'0', GroupWritableExecutable),
            _ => ((byte)'0', GroupWritable),
        };
        Write(header, type, name.Span, mode, entry.SizeInHeader);
    }

    private void Write(Span<byte> header, byte type, ReadOnlySpan<byte> name, int mode, long size)
    {
        name.CopyTo(header);
        Octal(header[100..107], mode);
        Octal(header[108..115], 0); // user
        Octal(header[116..123], 0); // group
        Octal(header[124..135], size);
        Octal(header[136..147], Math.Clamp(committedAt, 0, LatestTime));
        header[156] = type;
        "ustar\0"u8.CopyTo(header[257..]);
        "00"u8.CopyTo(header[263..]);
        "root"u8.CopyTo(header[265..]);
        "root"u8.CopyTo(header[297..]);
        Octal(header[329..336], 0); // device
        Octal(header[337..344], 0);

        // Of the header with blanks in place of the sum.
        header[148..156].Fill((byte)' ');
        var sum = 0;
        foreach (var one in header)
        {
            sum += one;
        }

        Octal(header[148..155], sum);
        header[155] = 0;
    }

    private static void Octal(Span<byte> field, long number)
    {
        for (var digit = field.Length - 1; digit >= 0; digit--)
        {
            field[digit] = (byte)('0' + (number & 7));
            number >>= 3;
        }
    }
}

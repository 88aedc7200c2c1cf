using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Something in a tar file.</summary>
/// <param name="Kind">What.</param>
/// <param name="Path">Where; that of a directory ends with a slash.</param>
/// <param name="Target">Where a link leads.</param>
/// <param name="Size">How many bytes of content follow.</param>
/// <param name="Id">What it is called in headers that have no room for its path: hexadecimal digits.</param>
internal sealed record TarEntry(TarEntryKind Kind, ReadOnlyMemory<byte> Path, ReadOnlyMemory<byte> Target, long Size, string Id)
{
    /// <summary>What eleven octal digits express.</summary>
    private const long LargestSize = 0x1_FFFF_FFFF;

    private const int NameLength = 100;
    private const int PrefixLength = 155;

    /// <summary>The path in the two fields of a header.</summary>
    public (ReadOnlyMemory<byte> Prefix, ReadOnlyMemory<byte> Name) Names =>
        Path.Length <= NameLength ? (default, Path)
        : Split() is > 0 and var split ? (Path[..split], Path[(split + 1)..])
        : (default, Encoding.ASCII.GetBytes($"{Id}.data"));

    /// <summary>The target in its field.</summary>
    public ReadOnlyMemory<byte> TargetName => Target.Length <= NameLength ? Target : Encoding.ASCII.GetBytes($"see {Id}.paxheader");

    /// <summary>The size in its field.</summary>
    public long SizeInHeader => Size <= LargestSize ? Size : 0;

    /// <summary>What has no room in the header; empty: all has.</summary>
    public byte[] Extended()
    {
        IEnumerable<byte> records = [];
        if (Path.Length > NameLength && Split() <= 0)
        {
            records = records.Concat(PaxRecord.Of("path"u8, Path.Span));
        }

        if (Target.Length > NameLength)
        {
            records = records.Concat(PaxRecord.Of("linkpath"u8, Target.Span));
        }

        if (Size > LargestSize)
        {
            records = records.Concat(PaxRecord.Of("size"u8, Encoding.ASCII.GetBytes(Size.ToString(CultureInfo.InvariantCulture))));
        }

        return [.. records];
    }

    /// <summary>Where the slash is at which the path is split, chosen as git does; 0: nowhere.</summary>
    private int Split()
    {
        var longest = Math.Min(Path.Length - (Path.Span[^1] == '/' ? 1 : 0), PrefixLength);
        var split = Path.Span[..longest].LastIndexOf((byte)'/');
        return split > 0 && Path.Length - split - 1 <= NameLength ? split : 0;
    }
}

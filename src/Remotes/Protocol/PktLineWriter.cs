using System.Buffers;
using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>Writes the pkt-lines of a request into memory.</summary>
internal sealed class PktLineWriter
{
    private readonly ArrayBufferWriter<byte> _written = new();

    /// <summary>Adds a line of text, with its line feed.</summary>
    public PktLineWriter Line(string text)
    {
        var payload = Encoding.UTF8.GetBytes(text + "\n");
        _written.Write(Encoding.ASCII.GetBytes((payload.Length + 4).ToString("x4", CultureInfo.InvariantCulture)));
        _written.Write(payload);
        return this;
    }

    /// <summary>Adds the end of a section.</summary>
    public PktLineWriter Delimiter() => Raw("0001"u8);

    /// <summary>Adds the end of the message.</summary>
    public PktLineWriter Flush() => Raw("0000"u8);

    /// <summary>What was written.</summary>
    public byte[] ToArray() => _written.WrittenSpan.ToArray();

    private PktLineWriter Raw(ReadOnlySpan<byte> bytes)
    {
        _written.Write(bytes);
        return this;
    }
}

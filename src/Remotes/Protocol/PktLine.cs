using System.Text;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>One pkt-line.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Payload">Of a data line; valid until the next one is read.</param>
internal readonly record struct PktLine(PktKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The payload as text, without its line feed.</summary>
    public string Text => Encoding.UTF8.GetString(Payload.Span.TrimEnd((byte)'\n'));
}

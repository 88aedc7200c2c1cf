using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>The response to <c>info/refs</c>: with version 2 what the server can do, before that its refs as well.</summary>
/// <param name="Capabilities">What the server can do.</param>
/// <param name="Head">What came of looking for what is wanted; null: it is to be asked for, with version 2.</param>
/// <param name="Shallow">Before version 2: the commits whose parents the remote itself lacks.</param>
internal sealed record Advertisement(ServerCapabilities Capabilities, Attempt<RemoteHead>? Head, IReadOnlyList<string> Shallow)
{
    // In bytes; git's own need some hundred. Before version 2 they share one pkt-line.
    private const int MaximumCapabilities = 64 * 1024;

    /// <summary>Reads it, keeping no more than what is wanted.</summary>
    /// <exception cref="RemoteFailureException">It is not what the protocol asks for.</exception>
    public static async Task<Advertisement> ReadAsync(PktLineReader reader, Revision revision, CancellationToken cancellationToken)
    {
        var line = await FirstAsync(reader, cancellationToken);
        if (line?.StartsWith("# service=", StringComparison.Ordinal) is true)
        {
            if ((await reader.ReadAsync(cancellationToken)).Kind != PktKind.Flush)
            {
                throw PktLineReader.Malformed();
            }

            line = await FirstAsync(reader, cancellationToken);
        }

        return line switch
        {
            "version 2" => new Advertisement(await Version2Async(reader, cancellationToken), Head: null, []),
            "version 1" => await Version0Async(await FirstAsync(reader, cancellationToken), reader, revision, cancellationToken),
            _ => await Version0Async(line, reader, revision, cancellationToken),
        };
    }

    private static async Task<ServerCapabilities> Version2Async(PktLineReader reader, CancellationToken cancellationToken)
    {
        var words = new List<string>();
        var length = 0;
        for (
            var line = await reader.ReadAsync(cancellationToken);
            line.Kind != PktKind.Flush;
            line = await reader.ReadAsync(cancellationToken)
        )
        {
            words.Add(line.Kind == PktKind.Data ? line.Text : throw PktLineReader.CutShort());
            length += PktLineReader.Header + line.Payload.Length;
            if (length > MaximumCapabilities)
            {
                throw PktLineReader.TooMuch($"{MaximumCapabilities} bytes of capabilities");
            }
        }

        var capabilities = new ServerCapabilities(2, words);
        capabilities.RefuseOtherObjectFormats();
        return capabilities;
    }

    private static async Task<Advertisement> Version0Async(
        string? first,
        PktLineReader reader,
        Revision revision,
        CancellationToken cancellationToken
    )
    {
        if (first is null)
        {
            return new Advertisement(new ServerCapabilities(0, []), new WantedRef(revision, namesTarget: false).Result(complete: true), []);
        }

        // The first ref carries the capabilities: "object name NUL capabilities".
        var parts = first.Split('\0', 2);
        var capabilities = new ServerCapabilities(0, parts.Length == 2 ? parts[1].Split(' ') : []);
        capabilities.RefuseOtherObjectFormats();
        var desired = new WantedRef(revision, capabilities.NamesHeadTarget);
        var shallow = new List<string>();
        var text = parts[0];
        while (true)
        {
            Take(text, capabilities, desired, shallow);
            var line = await reader.ReadAsync(cancellationToken);
            if (line.Kind == PktKind.Flush)
            {
                return new Advertisement(capabilities, desired.Result(complete: true), shallow);
            }

            text = line.Kind == PktKind.Data ? line.Text : throw PktLineReader.CutShort();
        }
    }

    private static void Take(string text, ServerCapabilities capabilities, WantedRef desired, List<string> shallow)
    {
        const string Prefix = "shallow ";
        if (text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            shallow.Add(ObjectName.IsSha1(text.AsSpan(Prefix.Length)) ? text[Prefix.Length..] : throw PktLineReader.Malformed());
            FetchResponse.RefuseTooManyShallow(shallow.Count);
            return;
        }

        var line = RefLine.Parse(text);
        if (line.Commit != ObjectName.None)
        {
            desired.Add(line.Name == "HEAD" ? line with { Target = capabilities.HeadTarget } : line);
        }
    }

    // Null: a flush in place of the first line, by which a server without refs says so.
    private static async Task<string?> FirstAsync(PktLineReader reader, CancellationToken cancellationToken)
    {
        var line = await reader.ReadAsync(cancellationToken);
        return line.Kind switch
        {
            PktKind.Flush => null,
            PktKind.Data when line.Payload.Span.StartsWith("ERR "u8) => throw RemoteError.Of(line.Payload.Span[4..]),
            PktKind.Data => line.Text,
            _ => throw PktLineReader.Malformed(),
        };
    }
}

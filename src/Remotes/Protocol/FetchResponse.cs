using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>Reads the response to a <see cref="FetchRequest"/>: first which commits are shallow, then the pack.</summary>
/// <param name="reader">Has the response.</param>
/// <param name="time">By which signs of life are counted; null: the system's.</param>
internal sealed class FetchResponse(PktLineReader reader, TimeProvider? time = null)
{
    // Git sends an empty line each 5 s, or at most each second (uploadpack.keepAlive), while it works on a pack.
    private const int EmptyLinesPerSecond = 2;
    private const int EmptyLinesAtOnce = 1000;
    private const int PackBytesPerEmptyLine = 1000;

    // With multi_ack_detailed one for each commit that is named to the server, and two more.
    private const int MaximumAcknowledgements = 1000;

    // Both are kept in memory or read for nothing, so a remote must not go on with them for ever.
    private const int MaximumShallow = 100_000;
    private const int MaximumProgress = 1 << 20;

    private readonly List<string> _shallow = [];
    private readonly List<string> _unshallow = [];
    private PktLine _first;
    private bool _isBare;
    private int _progress;
    private long _emptyLines;
    private long _packBytes;

    /// <summary>The commits whose parents are not sent.</summary>
    public IReadOnlyList<string> Shallow => _shallow;

    /// <summary>The commits that were shallow here, and whose parents are now sent.</summary>
    public IReadOnlyList<string> Unshallow => _unshallow;

    /// <summary>Reads up to the pack.</summary>
    public async Task ReadHeadAsync(ServerCapabilities server, bool deepened, CancellationToken cancellationToken)
    {
        if (server.Version == 2)
        {
            await ReadSectionsAsync(cancellationToken);
            return;
        }

        if (deepened)
        {
            await ReadShallowAsync(await reader.ReadAsync(cancellationToken), cancellationToken);
        }

        _isBare = server.SideBand is null;
        var acknowledgements = 0;
        do
        {
            if (acknowledgements++ > MaximumAcknowledgements)
            {
                throw PktLineReader.TooMuch($"{MaximumAcknowledgements} acknowledgements");
            }

            if (_isBare && await reader.StartsWithAsync("PACK"u8.ToArray(), cancellationToken))
            {
                return;
            }

            _first = await reader.ReadAsync(cancellationToken);
            RefuseError(_first);
        } while (_first.Kind == PktKind.Data && (_first.Payload.Span.StartsWith("ACK "u8) || _first.Payload.Span.StartsWith("NAK"u8)));
    }

    /// <summary>Hands the pack over, piece by piece.</summary>
    public async Task ReadPackAsync(Action<ReadOnlySpan<byte>> take, CancellationToken cancellationToken)
    {
        if (_isBare)
        {
            await ReadBareAsync(take, cancellationToken);
            return;
        }

        var clock = time ?? TimeProvider.System;
        var started = clock.GetTimestamp();
        for (var line = _first; line.Kind != PktKind.Flush; line = await reader.ReadAsync(cancellationToken))
        {
            if (line.Kind != PktKind.Data || line.Payload.IsEmpty)
            {
                throw line.Kind == PktKind.End ? PktLineReader.CutShort() : PktLineReader.Malformed();
            }

            // Side-band: 1 the pack, 2 progress, 3 a fatal error.
            switch (line.Payload.Span[0])
            {
                case 1 when line.Payload.Length == 1:
                    // A server that works for long on a pack shows by this that it lives. More than that is no work on a pack.
                    if (
                        ++_emptyLines > EmptyLinesAtOnce + (_packBytes / PackBytesPerEmptyLine)
                        && _emptyLines > EmptyLinesAtOnce + (EmptyLinesPerSecond * clock.GetElapsedTime(started).TotalSeconds)
                    )
                    {
                        throw PktLineReader.TooMuch($"{EmptyLinesAtOnce} empty lines at once");
                    }

                    break;
                case 1:
                    _packBytes += line.Payload.Length - 1;
                    take(line.Payload.Span[1..]);
                    break;
                case 2:
                    // None was asked for.
                    _progress += line.Payload.Length;
                    if (_progress > MaximumProgress)
                    {
                        throw PktLineReader.TooMuch($"{MaximumProgress} bytes of progress");
                    }

                    break;
                case 3:
                    throw RemoteError.Of(line.Payload.Span[1..]);
                default:
                    throw PktLineReader.Malformed();
            }
        }
    }

    /// <exception cref="RemoteFailureException">No history has so many ends.</exception>
    public static void RefuseTooManyShallow(int count)
    {
        if (count > MaximumShallow)
        {
            throw PktLineReader.TooMuch($"{MaximumShallow} shallow commits");
        }
    }

    /// <summary>Without a side-band the pack is all that comes, to the end; whether it is whole, its own checksum says.</summary>
    private async Task ReadBareAsync(Action<ReadOnlySpan<byte>> take, CancellationToken cancellationToken)
    {
        for (
            var piece = await reader.ReadBareAsync(cancellationToken);
            !piece.IsEmpty;
            piece = await reader.ReadBareAsync(cancellationToken)
        )
        {
            take(piece.Span);
        }
    }

    private async Task ReadSectionsAsync(CancellationToken cancellationToken)
    {
        var hasShallow = false;
        while (true)
        {
            var line = await reader.ReadAsync(cancellationToken);
            RefuseError(line);
            switch (line.Kind == PktKind.Data ? line.Text : null)
            {
                case "packfile":
                    _first = await reader.ReadAsync(cancellationToken);
                    return;
                case "shallow-info" when !hasShallow:
                    hasShallow = true;
                    await ReadShallowAsync(await reader.ReadAsync(cancellationToken), cancellationToken);
                    break;
                default:
                    throw PktLineReader.Malformed();
            }
        }
    }

    private async Task ReadShallowAsync(PktLine line, CancellationToken cancellationToken)
    {
        for (; line.Kind is not (PktKind.Delimiter or PktKind.Flush); line = await reader.ReadAsync(cancellationToken))
        {
            RefuseError(line);
            var parts = line.Kind == PktKind.Data ? line.Text.Split(' ') : throw PktLineReader.CutShort();
            (
                parts switch
                {
                    ["shallow", { } commit] when ObjectName.IsSha1(commit) => _shallow,
                    ["unshallow", { } commit] when ObjectName.IsSha1(commit) => _unshallow,
                    _ => throw PktLineReader.Malformed(),
                }
            ).Add(parts[1]);
            RefuseTooManyShallow(_shallow.Count + _unshallow.Count);
        }
    }

    private static void RefuseError(PktLine line)
    {
        if (line.Kind == PktKind.Data && line.Payload.Span.StartsWith("ERR "u8))
        {
            throw RemoteError.Of(line.Payload.Span[4..]);
        }
    }
}

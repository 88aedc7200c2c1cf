using System.Collections.ObjectModel;

namespace GitServer;

/// <summary>What goes wrong with one request; everything left out goes right.</summary>
public sealed record RequestFault
{
    /// <summary>The only requests that it befalls. Default: all.</summary>
    public RequestStage? At { get; init; }

    /// <summary>Response with this status and no repository.</summary>
    public int? Status { get; init; }

    /// <summary>With <see cref="Status"/>: when to come again, as the header has it.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>With <see cref="Status"/>: what else the head of the response has.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>With <see cref="Status"/> or <see cref="Wants"/>: what the refusal says, in plain text.</summary>
    public string? Text { get; init; }

    /// <summary>Response with a redirect to here, of <see cref="Status"/> or 302; a relative one is sent as it is.</summary>
    public Uri? RedirectTo { get; init; }

    /// <summary>Response nothing until the client leaves.</summary>
    public bool HangBeforeResponse { get; init; }

    /// <summary>Send this many bytes of the body, then nothing until the client leaves.</summary>
    public long? HangAfter { get; init; }

    /// <summary>Send this many bytes of the body, then break the connection.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Send one byte of the body a second.</summary>
    public bool Drip { get; init; }

    /// <summary>Change this byte of the body into another.</summary>
    public long? Flip { get; init; }

    /// <summary>Response as a server that knows protocol version 0 only.</summary>
    public bool OldProtocol { get; init; }

    /// <summary>
    /// Do not know these capabilities: they are not advertised, and who names one gets HTTP 500, as of a server that dies of it.
    /// </summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>Know these capabilities and no others, as with <see cref="Lacks"/>; null: all of git's.</summary>
    public IReadOnlyList<string>? Knows { get; init; }

    /// <summary>Response HTTP 400 to whoever asks for a pack without naming these capabilities.</summary>
    public IReadOnlyList<string> Wants { get; init; } = [];

    /// <summary>Break a connection that is used for a second request, before the response, as servers do that end idle ones.</summary>
    public bool BreakReused { get; init; }

    /// <summary>Compress the response as servers do, whether asked to or not.</summary>
    public bool Compress { get; init; }

    /// <summary>Response with this text as if it came from git, each character one byte.</summary>
    public string? Body { get; init; }

    /// <summary>With <see cref="Body"/>: go on with this text, again and again, until the client leaves.</summary>
    public string? Endless { get; init; }

    /// <summary>With <see cref="Body"/>: what the response says that it is. Default: what git's would.</summary>
    public string? ContentType { get; init; }

    /// <summary>Whether its server knows other capabilities than git's.</summary>
    internal bool ChangesCapabilities => Knows is not null || Lacks.Count + Wants.Count > 0;

    /// <summary>Whether its server has a capability that git has.</summary>
    internal bool Has(string capability) => Knows?.Contains(capability) != false && !Lacks.Contains(capability);
}

namespace GitServer;

/// <summary>What goes wrong with one request; everything left out goes right.</summary>
public sealed record RequestFault
{
    /// <summary>Answer with this status and no repository.</summary>
    public int? Status { get; init; }

    /// <summary>With <see cref="Status"/>: when to come again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Answer with a redirect to here.</summary>
    public Uri? RedirectTo { get; init; }

    /// <summary>Answer nothing until the client leaves.</summary>
    public bool HangBeforeAnswer { get; init; }

    /// <summary>Send this many bytes of the body, then nothing until the client leaves.</summary>
    public long? HangAfter { get; init; }

    /// <summary>Send this many bytes of the body, then break the connection.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Send one byte of the body a second.</summary>
    public bool Drip { get; init; }

    /// <summary>Answer as a server that knows protocol version 0 only.</summary>
    public bool OldProtocol { get; init; }

    /// <summary>Answer with this text as if it came from git.</summary>
    public string? Body { get; init; }
}

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>The kinds of pkt-lines.</summary>
internal enum PktKind
{
    /// <summary>The stream ended between two lines.</summary>
    End,

    /// <summary>A line with a payload.</summary>
    Data,

    /// <summary>0000: the message ends.</summary>
    Flush,

    /// <summary>0001: the section ends.</summary>
    Delimiter,

    /// <summary>0002: the response ends.</summary>
    ResponseEnd,
}

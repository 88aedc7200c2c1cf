namespace CodeRepoOperator.Remotes.Refs;

/// <summary>Where a branch or another revision of a remote is.</summary>
/// <param name="Branch">The branch asked for, or the one that the remote's HEAD names; null: none, a commit is checked out.</param>
/// <param name="Commit">40 hexadecimal digits.</param>
/// <param name="IsDefault">Whether the remote's HEAD names this branch.</param>
internal sealed record RemoteHead(string? Branch, string Commit, bool IsDefault = false)
{
    /// <summary>The tag or other ref that was asked for, by its full name; null: it was a branch, HEAD or a commit.</summary>
    public string? Ref { get; init; }

    /// <summary>The same if it is a tag; null: it is none.</summary>
    public string? Tag => Ref?.StartsWith(Revision.Tags, StringComparison.Ordinal) == true ? Ref : null;

    /// <summary>The object that an annotated tag is, 40 hexadecimal digits; null: there is none beside the commit.</summary>
    public string? TagObject { get; init; }

    /// <summary>Whether the commit itself was asked for.</summary>
    public bool IsCommitAsked { get; init; }

    /// <summary>Whether a ref of the remote was seen to name the commit that was asked for.</summary>
    public bool IsShown { get; init; }

    /// <summary>
    /// What the remote said that it can do, where whoever goes on from here needs to know no more: over HTTP, at the URL itself and by
    /// version 2 of the protocol. Null: it is to be asked again.
    /// </summary>
    public IReadOnlyList<string>? Capabilities { get; init; }
}

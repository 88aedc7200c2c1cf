namespace CodeRepoOperator.Api.Archives;

/// <summary>How a request for an archive was responded to; the label <c>result</c> of <c>coderepo_archives_total</c>.</summary>
internal enum ArchiveResult
{
    /// <summary>With the archive.</summary>
    Sent,

    /// <summary>That the caller has it already.</summary>
    NotModified,

    /// <summary>With a problem.</summary>
    Refused,

    /// <summary>Not to its end, since the clone could not be read or was not whole.</summary>
    Broken,
}

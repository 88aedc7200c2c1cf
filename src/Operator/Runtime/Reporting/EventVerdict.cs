namespace CodeRepoOperator.Runtime.Reporting;

/// <summary>What becomes of an event.</summary>
internal enum EventVerdict
{
    /// <summary>It is published.</summary>
    Publish,

    /// <summary>Its object has had too many: it is dropped, as the first of a row, which is reported.</summary>
    DropFirst,

    /// <summary>It is dropped like the one before.</summary>
    Drop,
}

namespace CodeRepoOperator.Indexing;

/// <summary>The database can't be used as it is set up. The message says what to do, and holds no secret.</summary>
internal sealed class IndexingSetupException : Exception
{
    public IndexingSetupException(string message)
        : base(message)
    {
    }

    public IndexingSetupException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

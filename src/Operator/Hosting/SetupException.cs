namespace CodeRepoOperator.Hosting;

/// <summary>What was asked for can't be done as the program is set up. The message says what to do, and holds no secret.</summary>
internal sealed class SetupException : Exception
{
    public SetupException(string message)
        : base(message) { }

    public SetupException(string message, Exception cause)
        : base(message, cause) { }
}

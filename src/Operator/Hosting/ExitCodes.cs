namespace CodeRepoOperator.Hosting;

/// <summary>The exit codes of the program and of all its commands.</summary>
internal static class ExitCodes
{
    /// <summary>All is done, or there was nothing to do.</summary>
    public const int Done = 0;

    /// <summary>Not all is done; the command may be run again. Of the operator: a loop failed and could not be run again.</summary>
    public const int Failed = 1;

    /// <summary>It can't be done as it is set up; nothing was changed. Programs of Unix have it for wrong usage.</summary>
    public const int WrongSetup = 2;

    /// <summary>Ended by a signal: what shells add to the signal's number.</summary>
    public const int SignalBase = 128;
}

namespace CodeRepoOperator.Programs;

/// <summary>The exit codes of the programs and of all their commands.</summary>
internal static class ExitCodes
{
    /// <summary>All is done, or there was nothing to do.</summary>
    public const int Done = 0;

    /// <summary>Not all is done; the command may be run again. Of the operator: a loop failed and could not be run again.</summary>
    public const int Failed = 1;

    /// <summary>It can't be done as it is set up; nothing was changed. Programs of Unix have it for wrong usage.</summary>
    public const int WrongSetup = 2;

    /// <summary>Of <c>coderepo-operator clone</c>: the volume is not for this command to write to; nothing was changed.</summary>
    public const int StoreUnavailable = 3;

    /// <summary>The program that does it could not be started. Shells have it for that.</summary>
    public const int NotStarted = 126;

    /// <summary>Ended by a signal: what shells add to the signal's number.</summary>
    public const int SignalBase = 128;
}

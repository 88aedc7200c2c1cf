namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What the recovery of stuck rows logs.</summary>
internal static partial class IndexingLog
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Recovery of stuck indexing rows is off: no database is configured. To turn it on, set Indexing:ConnectionFile to a "
            + "file with a connection string"
    )]
    public static partial void RecoveryOff(this ILogger log);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Reset {Count} stuck rows of {Target}, without a sign of life for up to {Oldest}: {Keys}"
    )]
    public static partial void Reset(this ILogger log, int count, string target, TimeSpan oldest, string keys);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reset {Count} rows of {Target}, whose pods are gone: {Keys}")]
    public static partial void Freed(this ILogger log, int count, string target, string keys);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Would reset {Count} stuck rows of {Target}, without a sign of life for up to {Oldest}: {Keys}"
    )]
    public static partial void WouldReset(this ILogger log, int count, string target, TimeSpan oldest, string keys);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Gave up {Count} of these rows of {Target}, which were reset more than Indexing:MaxResets times in a row; to have one "
            + "tried again, set its {Column} to 0: {Keys}"
    )]
    public static partial void GivenUp(this ILogger log, int count, string target, string column, string keys);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Stamped {Count} active rows of {Target} that had no sign of life, or one in the future: their time begins now"
    )]
    public static partial void Stamped(this ILogger log, int count, string target);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Rows of {Target} are silent for longer than the threshold, but the database was restarted or could not be written "
            + "meanwhile: they are reset if they stay silent for another {Grace}"
    )]
    public static partial void SilenceCountsAnew(this ILogger log, string target, TimeSpan grace);

    [LoggerMessage(Level = LogLevel.Information, Message = "Rows of {Target} that are reset again and again can be claimed at once: {Why}")]
    public static partial void Undelayed(this ILogger log, string target, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The history of {Target} is not pruned, and grows: {Why}")]
    public static partial void Unpruned(this ILogger log, string target, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Row {Key} of {Target} can't be changed, and is left as it is: {Error}")]
    public static partial void RowRefused(this ILogger log, string target, string key, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recovery of stuck rows is degraded: {Degradation}")]
    public static partial void Degraded(this ILogger log, string degradation);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Target} has all columns now: recovery of its stuck rows is whole")]
    public static partial void Whole(this ILogger log, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweeping {Target} failed: {Error} Trying again at each sweep")]
    public static partial void SweepFailed(this ILogger log, string target, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweeping {Target} works again")]
    public static partial void SweepRecovered(this ILogger log, string target);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The state of rows could not be reported to CodeRepos: {Error} Trying again at each sweep"
    )]
    public static partial void RoundFailed(this ILogger log, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The state of rows is reported to CodeRepos again")]
    public static partial void RoundRecovered(this ILogger log);
}

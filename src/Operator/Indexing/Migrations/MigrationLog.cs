namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What a migration logs.</summary>
internal static partial class MigrationLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Table}: {Script} {Does} in {Milliseconds} ms")]
    public static partial void StepDone(this ILogger log, string table, string script, string does, long milliseconds);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Table}: {Script} begins; others read and write meanwhile, however long it takes"
    )]
    public static partial void StepBegins(this ILogger log, string table, string script);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Table}: nothing to do")]
    public static partial void NothingToDo(this ILogger log, string table);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Table}: done, {Steps} scripts in {Milliseconds} ms")]
    public static partial void TargetDone(this ILogger log, string table, int steps, long milliseconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Another migrate is at work in this database; waiting for it to end")]
    public static partial void WaitsForAnother(this ILogger log);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Table}: {Script} needs the table for a moment and does not get it: {Holders}. It tries again, and blocks nobody "
            + "meanwhile"
    )]
    public static partial void WaitsForLock(this ILogger log, string table, string script, string holders);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed half-way: {Why}. {Progress}. {Next}: it goes on from where it was")]
    public static partial void FailedHalfWay(this ILogger log, string why, string progress, string next);

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed, and nothing was changed: {Why}. {Next}")]
    public static partial void FailedUnchanged(this ILogger log, string why, string next);
}

using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>What is logged of CodeRepos and their rows.</summary>
internal static partial class CodeReposLog
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The state of the row of {Entity} could not be written to its status: {Error}. Trying again with each sweep; the same "
            + "failure is not logged again"
    )]
    public static partial void StatusRefused(this ILogger log, NamespacedName entity, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The state of rows could not be reported to CodeRepos: {Error}. Trying again with each sweep"
    )]
    public static partial void NotReported(this ILogger log, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The state of rows is reported to CodeRepos again")]
    public static partial void ReportedAgain(this ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "No database is configured: removed the state of rows from {Count} CodeRepos")]
    public static partial void TakenOff(this ILogger log, int count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Column} of {Target} could not be kept: {Error}. Trying again with each sweep; clones are not affected"
    )]
    public static partial void LocalPathNotKept(this ILogger log, string column, string target, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Column} of {Target} is kept, but for some rows: {Error} Trying again with each sweep"
    )]
    public static partial void LocalPathRefused(this ILogger log, string column, string target, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Column} of {Target} is kept again")]
    public static partial void LocalPathKeptAgain(this ILogger log, string column, string target);

    [LoggerMessage(Level = LogLevel.Information, Message = "Set {Column} in {Count} rows of {Target}")]
    public static partial void LocalPathSet(this ILogger log, string column, int count, string target);
}

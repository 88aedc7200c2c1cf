using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>What is logged of CodeRepos that rows declare.</summary>
internal static partial class DeclaringLog
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "No CodeRepo can be made of {Count} rows of {Target}: {Rows} Correct their URL or branch"
    )]
    public static partial void RowsRefused(this ILogger log, int count, string target, string rows);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "What is wrong with row {Key} could not be written into its column {Column}: {Error}"
    )]
    public static partial void ProblemNotWritten(this ILogger log, string key, string column, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "CodeRepos could not be kept as rows declare them: {Why}. Trying again; the CodeRepos stay as they are until then"
    )]
    public static partial void NotKept(this ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "CodeRepos are kept as rows declare them again")]
    public static partial void KeptAgain(this ILogger log);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The API server refused the CodeRepo of row {Key}: {Error}. Trying again with each look at all rows; the same failure is "
            + "not logged again"
    )]
    public static partial void RepoRefused(this ILogger log, string key, string error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Row {Key} gets no CodeRepo: others have the names {Name} and {OtherName}. Rename one of them, or give the row another "
            + "name"
    )]
    public static partial void NamesTaken(this ILogger log, string key, string name, string otherName);

    [LoggerMessage(Level = LogLevel.Information, Message = "Row {Key} declares {Entity}: created")]
    public static partial void Created(this ILogger log, string key, NamespacedName entity);

    [LoggerMessage(Level = LogLevel.Information, Message = "Row {Key} declares {Entity}: changed")]
    public static partial void Updated(this ILogger log, string key, NamespacedName entity);

    [LoggerMessage(Level = LogLevel.Information, Message = "No row declares {Entity} any more: deleted")]
    public static partial void Deleted(this ILogger log, NamespacedName entity);

    [LoggerMessage(Level = LogLevel.Information, Message = "No row declares {Entity} any more: it stays, and is kept no longer")]
    public static partial void Left(this ILogger log, NamespacedName entity);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The connection goes through a pooler that lends one session to several clients, so that no notifications come through: "
            + "rows that change are found every {Interval}"
    )]
    public static partial void PollsOnly(this ILogger log, TimeSpan interval);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Notifications of rows that change can't be had: {Error}. Until they can, such rows are found every {Interval}"
    )]
    public static partial void NotHeard(this ILogger log, string error, TimeSpan interval);

    [LoggerMessage(Level = LogLevel.Information, Message = "Notifications of rows that change are heard again")]
    public static partial void HeardAgain(this ILogger log);
}

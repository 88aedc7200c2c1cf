using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Api.Archives;

/// <summary>What archives log.</summary>
internal static partial class ArchiveLog
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "An archive of {Repo} at {Commit} was not sent to its end: it took longer than replaced clones are kept"
    )]
    public static partial void ArchiveOvertaken(this ILogger log, NamespacedName repo, string commit);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "An archive of {Repo} was not sent to its end, since the volume could not be read: {Detail}"
    )]
    public static partial void ArchiveUnreadable(this ILogger log, NamespacedName repo, string detail);
}

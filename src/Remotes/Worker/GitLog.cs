using Microsoft.Extensions.Logging;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What the git engine logs.</summary>
internal static partial class GitLog
{
    [LoggerMessage(LogLevel.Debug, "Git worker {ProcessId} starts, for {Subject}")]
    public static partial void WorkerStarted(ILogger logger, int processId, string subject);

    [LoggerMessage(LogLevel.Debug, "Git worker {ProcessId} ended after {Elapsed}; its standard error: {Text}")]
    public static partial void WorkerEnded(ILogger logger, int processId, TimeSpan elapsed, string text);

    [LoggerMessage(
        LogLevel.Warning,
        "Git worker {ProcessId} for {Subject} crashed with exit code {ExitCode} after {Elapsed}. The last lines of its standard error: "
            + "{Text}"
    )]
    public static partial void WorkerCrashed(ILogger logger, int processId, string subject, int exitCode, TimeSpan elapsed, string text);
}

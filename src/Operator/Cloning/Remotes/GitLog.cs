namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>What the git engine logs.</summary>
internal static partial class GitLog
{
    [LoggerMessage(LogLevel.Debug, "Git worker {ProcessId} clones {Url}")]
    public static partial void WorkerStarted(ILogger logger, int processId, GitUrl url);

    [LoggerMessage(LogLevel.Debug, "Git worker {ProcessId} ended with exit code {ExitCode} after {Elapsed}")]
    public static partial void WorkerEnded(ILogger logger, int processId, int exitCode, TimeSpan elapsed);

    [LoggerMessage(LogLevel.Debug, "Git worker {ProcessId} wrote to its standard error: {Text}")]
    public static partial void WorkerErrors(ILogger logger, int processId, string text);
}

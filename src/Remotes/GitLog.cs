using Microsoft.Extensions.Logging;
namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>What the git engine logs.</summary>
internal static partial class GitLog
{
    [LoggerMessage(LogLevel.Debug, "Git worker {ProcessId} clones {Url}")]
    public static partial void WorkerStarted(ILogger logger, int processId, GitUrl url);

    [LoggerMessage(LogLevel.Debug, "Git worker {ProcessId} ended after {Elapsed}; its standard error: {Text}")]
    public static partial void WorkerEnded(ILogger logger, int processId, TimeSpan elapsed, string text);

    [LoggerMessage(LogLevel.Warning, "Git worker {ProcessId} for {Url} crashed with exit code {ExitCode} after {Elapsed}. The last lines of its standard error: {Text}")]
    public static partial void WorkerCrashed(ILogger logger, int processId, GitUrl url, int exitCode, TimeSpan elapsed, string text);
}

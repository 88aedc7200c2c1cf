using System.Runtime.InteropServices;

namespace CodeRepoOperator.Hosting;

/// <summary>What the program as a whole logs: its start and its end.</summary>
internal static partial class OperatorLog
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "CodeRepo Operator {Version} runs: CodeRepos of {Namespaces}, clones in {Store}, health and metrics at {Address}, the "
            + "Ensure API at {Api}"
    )]
    public static partial void Started(this ILogger log, string version, string namespaces, string store, string address, string api);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping after {Signal}; what is running has {Timeout} to end")]
    public static partial void Stopping(this ILogger log, PosixSignal? signal, TimeSpan timeout);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not all ended within {Timeout}; the next start clears up what is left")]
    public static partial void StopCutShort(this ILogger log, TimeSpan timeout);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Not started: {Why}")]
    public static partial void NotStarted(this ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped by a signal before all was done; it can be started again")]
    public static partial void CommandCutShort(this ILogger log);
}

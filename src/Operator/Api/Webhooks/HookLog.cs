namespace CodeRepoOperator.Api.Webhooks;

/// <summary>What hooks log.</summary>
internal static partial class HookLog
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Provider} reports a push to {Reference} of {Repository}: {Count} CodeRepo(s) are polled"
    )]
    public static partial void Pushed(this ILogger log, HookProvider provider, string repository, string reference, int count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The secret of a webhook can't be taken from {File} ({Problem}): deliveries that are signed with it are refused"
    )]
    public static partial void SecretUnreadable(this ILogger log, string file, string problem);
}

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>What the watch of pods logs.</summary>
internal static partial class PodsLog
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The API server can't be asked for the pods that hold rows: {Error}. Until it can, rows of pods that are gone are reset "
            + "after their threshold, as all others"
    )]
    public static partial void PodsUnknown(this ILogger log, string error);
}

using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>The threshold that a CodeRepo asks for, within the administrator's bounds.</summary>
/// <param name="Value">How long its row may be active without a sign of life; null: as long as its table says.</param>
/// <param name="IsUnreadable">Whether it asks for something that is no duration.</param>
/// <param name="Note">What the user should know of it; null: it is as asked for.</param>
internal sealed record AskedThreshold(TimeSpan? Value, bool IsUnreadable, string? Note)
{
    /// <summary>Reads <c>spec.indexing.threshold</c>.</summary>
    public static AskedThreshold Of(CodeRepoIndexing? indexing, TimeSpan shortest, TimeSpan longest)
    {
        if (indexing?.Threshold is not { } text)
        {
            return new AskedThreshold(null, IsUnreadable: false, Note: null);
        }

        if (!GoDuration.TryParse(text, out var asked) || asked == TimeSpan.Zero)
        {
            return new AskedThreshold(
                null,
                IsUnreadable: true,
                "spec.indexing.threshold is not a duration above zero, such as 45m or 1h30m: the default of the table applies."
            );
        }

        return asked < shortest
                ? new AskedThreshold(
                    shortest,
                    IsUnreadable: false,
                    $"spec.indexing.threshold is below the administrator's minimum: {Text(shortest)} applies."
                )
            : asked > longest
                ? new AskedThreshold(
                    longest,
                    IsUnreadable: false,
                    $"spec.indexing.threshold is above the administrator's maximum: {Text(longest)} applies."
                )
            : new AskedThreshold(asked, IsUnreadable: false, Note: null);
    }

    /// <summary>As a spec has durations.</summary>
    private static string Text(TimeSpan time)
    {
        var text = string.Concat(
            (int)time.TotalHours > 0 ? $"{(int)time.TotalHours}h" : "",
            time.Minutes > 0 ? $"{time.Minutes}m" : "",
            time.Seconds > 0 ? $"{time.Seconds}s" : ""
        );
        return text.Length > 0 ? text : "0s";
    }
}

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>How the causes of resets are called in metrics and in the history.</summary>
internal static class ResetCauses
{
    /// <summary>The cause as a word.</summary>
    public static string Name(this ResetCause cause) => cause == ResetCause.PodGone ? "pod_gone" : "silent";
}

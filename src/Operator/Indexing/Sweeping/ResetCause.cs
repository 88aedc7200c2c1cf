namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Why a row is reset.</summary>
internal enum ResetCause
{
    /// <summary>Its holder gave no sign of life for longer than the threshold.</summary>
    Silent,

    /// <summary>The pod that held it is gone.</summary>
    PodGone,
}

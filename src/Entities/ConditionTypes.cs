namespace CodeRepoOperator.Entities;

/// <summary>
/// Condition types of a CodeRepo. <see cref="Ready"/>, <see cref="Reconciling"/> and <see cref="Stalled"/> follow kstatus:
/// the last two are present only while they are True.
/// </summary>
public static class ConditionTypes
{
    /// <summary>A complete clone of what the spec asks for is on the volume.</summary>
    public const string Ready = "Ready";

    /// <summary>The operator is working towards the spec, or will try again soon.</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>Nothing will get better until somebody changes the spec, the secret or the remote.</summary>
    public const string Stalled = "Stalled";

    /// <summary>There is a complete clone that consumers can read, though perhaps not of the newest spec.</summary>
    public const string CloneAvailable = "CloneAvailable";

    /// <summary>False: the tree has submodules or LFS pointers whose content was left out.</summary>
    public const string ContentComplete = "ContentComplete";

    /// <summary>False: the database row of this CodeRepo is stuck or was given up.</summary>
    public const string IndexingHealthy = "IndexingHealthy";
}

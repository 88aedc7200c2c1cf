namespace CodeRepoOperator.Entities;

/// <summary>The statuses that conditions of a CodeRepo have. <c>Unknown</c>, Kubernetes' third, is not used.</summary>
public static class ConditionStatus
{
    /// <summary>The condition applies.</summary>
    public const string True = "True";

    /// <summary>The condition does not apply.</summary>
    public const string False = "False";
}

namespace CodeRepoOperator.Entities;

/// <summary>The statuses that conditions have.</summary>
public static class ConditionStatus
{
    /// <summary>The condition applies.</summary>
    public const string True = "True";

    /// <summary>The condition does not apply.</summary>
    public const string False = "False";

    /// <summary>Nobody knows.</summary>
    public const string Unknown = "Unknown";
}

namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>Whether this process may write to what a Lease stands for.</summary>
internal interface ILease
{
    /// <summary>Whether it is held, at this instant.</summary>
    bool IsHeld { get; }

    /// <summary>Whether another process has it.</summary>
    bool IsHeldByOther { get; }
}

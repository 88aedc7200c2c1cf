namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>Whether this process may write to what a Lease stands for.</summary>
internal interface ILease
{
    /// <summary>Whether it is held, at this instant.</summary>
    bool IsHeld { get; }

    /// <summary>Whether another process has it.</summary>
    bool IsHeldByOther { get; }

    /// <summary>Waits until it is held.</summary>
    /// <returns>A token that ends when another process has taken it.</returns>
    Task<CancellationToken> WhenHeldAsync(CancellationToken cancellationToken);
}

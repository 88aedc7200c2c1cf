namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Something that must hold before the operator counts as ready.</summary>
internal interface IReadinessCheck
{
    /// <summary>What is still missing; null: nothing.</summary>
    string? Missing { get; }
}

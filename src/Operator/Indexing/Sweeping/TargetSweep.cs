namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What a sweep did to one target.</summary>
/// <param name="Target">The target.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Reset">The rows that it reset, also when it failed later.</param>
/// <param name="Why">Why it is degraded or failed, and what to do; null: neither.</param>
internal sealed record TargetSweep(IndexingTarget Target, SweepResult Result, IReadOnlyList<ResetRow> Reset, string? Why);

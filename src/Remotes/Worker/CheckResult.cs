using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What the worker responds to a check on its standard output: one JSON document on one line.</summary>
/// <param name="Finding">The first damage that was found; null: none.</param>
/// <param name="Bytes">How much was read.</param>
/// <param name="Failure">Why the clone could not be read, which says nothing about it; null: it was.</param>
internal sealed record CheckResult(CheckFinding? Finding, long Bytes, CloneFailure? Failure = null);

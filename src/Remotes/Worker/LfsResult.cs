using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>
/// What the worker responds to an <see cref="LfsOrder"/>: what came of the files, or why there is no more to be made of the tree.
/// </summary>
internal sealed record LfsResult(FetchedLfs? Fetched, CloneFailure? Failure);

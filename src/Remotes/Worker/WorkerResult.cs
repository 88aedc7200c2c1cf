using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What the worker responds to a clone on its standard output: one JSON document on one line, with a tree or a failure.</summary>
internal sealed record WorkerResult(FetchedTree? Tree, CloneFailure? Failure);

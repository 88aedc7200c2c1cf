namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What the worker gets on its standard input: one JSON document on one line, with one of the two.</summary>
/// <param name="ToClone">A clone to be made.</param>
/// <param name="ToCheck">A clone to be checked.</param>
internal sealed record WorkerOrder(WorkerRequest? ToClone = null, CheckOrder? ToCheck = null);

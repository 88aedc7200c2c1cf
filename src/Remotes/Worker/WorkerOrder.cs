namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What the worker gets on its standard input: one JSON document on one line, with one of them.</summary>
/// <param name="ToClone">A clone to be made.</param>
/// <param name="ToCheck">A clone to be checked.</param>
/// <param name="ToFill">A tree whose Git LFS files are to be fetched.</param>
internal sealed record WorkerOrder(WorkerRequest? ToClone = null, CheckOrder? ToCheck = null, LfsOrder? ToFill = null);

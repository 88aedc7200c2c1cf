namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>When a key's turn comes.</summary>
/// <param name="Lane">What it has to wait for that may hang, and that others wait for too (a remote host); null: nothing of the kind.</param>
/// <param name="IsAwaited">Whether somebody waits for it: it goes before those that nobody waits for.</param>
internal readonly record struct QueueTurn(string? Lane, bool IsAwaited);

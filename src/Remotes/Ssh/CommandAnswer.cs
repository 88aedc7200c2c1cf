namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>What a program on a remote responded.</summary>
/// <param name="Output">What it printed, from its beginning.</param>
/// <param name="ExitCode">0: it did what it was asked to; null: it was killed, or the connection broke.</param>
internal sealed record CommandAnswer(string Output, int? ExitCode);

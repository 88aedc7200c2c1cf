namespace CodeRepoOperator.Remotes.Refs;

/// <summary>Where a branch of a remote is.</summary>
/// <param name="Branch">The branch asked for, or the one that the remote's HEAD names; null: HEAD is detached, it names a commit.</param>
/// <param name="Commit">40 hexadecimal digits.</param>
/// <param name="IsDefault">Whether the remote's HEAD names this branch.</param>
internal sealed record RemoteHead(string? Branch, string Commit, bool IsDefault = false);

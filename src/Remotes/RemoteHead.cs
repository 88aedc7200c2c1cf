namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>Where a branch of a remote is.</summary>
/// <param name="Branch">The branch asked for, or the one that the remote's HEAD names.</param>
/// <param name="Commit">40 hexadecimal digits.</param>
internal sealed record RemoteHead(string Branch, string Commit);

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>What a clone holds: the branch may have moved since it was looked up.</summary>
/// <param name="Branch">The branch that HEAD names.</param>
/// <param name="Commit">40 hexadecimal digits: the commit that is checked out.</param>
internal sealed record FetchedTree(string Branch, string Commit);

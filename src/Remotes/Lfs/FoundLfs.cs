namespace CodeRepoOperator.Remotes.Lfs;

/// <summary>What a commit says of Git LFS, all of which is the repository's word.</summary>
/// <param name="Count">How many files of it are pointers.</param>
/// <param name="Url">What its <c>.lfsconfig</c> names as the server; null: nothing, it is where the remote is.</param>
/// <param name="Flaw">Why that can't be read, in a few words; null: nothing is in the way.</param>
internal sealed record FoundLfs(int Count, string? Url, string? Flaw = null);

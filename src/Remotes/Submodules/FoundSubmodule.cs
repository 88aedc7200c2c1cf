namespace CodeRepoOperator.Remotes.Submodules;

/// <summary>
/// A submodule as a commit and its <c>.gitmodules</c> have it. All but the commit is the repository's word, and checked when used.
/// </summary>
/// <param name="Path">Where it is, from the root of the tree that has it; fit to be shown where there is a flaw.</param>
/// <param name="Commit">40 hexadecimal digits.</param>
/// <param name="Name">What <c>.gitmodules</c> calls it; null: there is a flaw.</param>
/// <param name="Url">Its URL as written there; null: there is a flaw.</param>
/// <param name="Flaw">Why it can't be fetched, in a few words; null: nothing is in the way so far.</param>
internal sealed record FoundSubmodule(string Path, string Commit, string? Name, string? Url, string? Flaw = null);

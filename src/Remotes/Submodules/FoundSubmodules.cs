namespace CodeRepoOperator.Remotes.Submodules;

/// <summary>The submodules of a commit.</summary>
/// <param name="First">The first of them by path, as many as were asked for.</param>
/// <param name="More">The paths of some of the others, fit to be shown.</param>
/// <param name="Count">How many there are in all.</param>
internal sealed record FoundSubmodules(IReadOnlyList<FoundSubmodule> First, IReadOnlyList<string> More, int Count);

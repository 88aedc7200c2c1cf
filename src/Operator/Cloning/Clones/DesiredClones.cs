using System.Runtime.CompilerServices;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>
/// What CodeRepos ask for, parsed once for each version of an object. Each version that the API server shows is an object of its own, which
/// nobody changes afterwards: what it asks for is kept for as long as the object is, and goes with it.
/// </summary>
internal sealed class DesiredClones
{
    private readonly ConditionalWeakTable<CodeRepo, Parsed> _parsed = [];

    /// <summary>What a CodeRepo asks for, or why that is not valid.</summary>
    public Attempt<DesiredClone> Of(CodeRepo repo) => _parsed.GetValue(repo, static repo => new Parsed(DesiredClone.Of(repo))).Desired;

    private sealed record Parsed(Attempt<DesiredClone> Desired);
}

using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>What becomes of a row.</summary>
internal abstract record ImportDecision
{
    /// <summary>A CodeRepo is made of it.</summary>
    /// <param name="Repo">The CodeRepo.</param>
    /// <param name="Identity">Its repository and branch, in canonical form.</param>
    public sealed record Create(CodeRepo Repo, string Identity) : ImportDecision;

    /// <summary>There is a CodeRepo of its repository and branch.</summary>
    public sealed record Exists : ImportDecision;

    /// <summary>Another row is of the same repository and branch.</summary>
    public sealed record Merged : ImportDecision;

    /// <summary>None can be made of it.</summary>
    /// <param name="Why">Why, without what may be a credential.</param>
    public sealed record Skip(string Why) : ImportDecision;
}

using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>What is to be done so that the CodeRepos are as the rows declare them.</summary>
internal abstract record DeclarationStep
{
    /// <summary>A CodeRepo is made.</summary>
    /// <param name="Row">As this row declares it.</param>
    public sealed record Create(DeclaredRow Row) : DeclarationStep;

    /// <summary>A CodeRepo becomes as its row declares it now.</summary>
    /// <param name="Repo">The CodeRepo.</param>
    /// <param name="Row">Its row.</param>
    public sealed record Update(CodeRepo Repo, DeclaredRow Row) : DeclarationStep;

    /// <summary>No row declares a CodeRepo any more.</summary>
    /// <param name="Repo">The CodeRepo.</param>
    public sealed record Prune(CodeRepo Repo) : DeclarationStep;
}

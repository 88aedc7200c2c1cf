using CodeRepoOperator.Cloning.Clones;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>A clone that has so many packs that it is to be made anew.</summary>
/// <param name="Desired">What its CodeRepo asks for, which it is.</param>
/// <param name="Published">The clone.</param>
/// <param name="Packs">How many packs it has.</param>
internal sealed record DueClone(DesiredClone Desired, PublishedClone Published, int Packs)
{
    /// <summary>The namespace, which takes turns with the others.</summary>
    public string Namespace => Desired.Key.Namespace;
}

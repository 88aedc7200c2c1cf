using CodeRepoOperator.Remotes.Submodules;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What came of the submodules of a clone.</summary>
/// <param name="Fetched">Those that are in their places.</param>
/// <param name="Failures">Those that are not.</param>
/// <param name="More">How many more are not, and are named nowhere.</param>
/// <param name="Trees">The size of each that is there, and what it lacks itself.</param>
internal sealed record MadeSubmodules(
    IReadOnlyList<SubmodulePlace> Fetched,
    IReadOnlyList<SubmoduleFailure> Failures,
    int More,
    IReadOnlyList<(string Path, FetchedTree Tree)> Trees
)
{
    /// <summary>The paths of what was left out, with the reasons.</summary>
    public OmittedPaths Omitted =>
        new(
            Failures.Count + More,
            [.. Failures.Select(failure => $"{failure.Path} ({failure.Why})").Order(StringComparer.Ordinal).Take(OmittedPaths.MaximumShown)]
        );

    /// <summary>The tree of the whole clone.</summary>
    /// <param name="tree">The clone's own tree.</param>
    public FetchedTree AddTo(FetchedTree tree)
    {
        var omitted = new OmittedContent(
            Omitted,
            Joined(tree.Omitted?.LfsFiles, content => content.LfsFiles),
            Joined(tree.Omitted?.UnencodedFiles, content => content.UnencodedFiles)
        );
        var isNothing = omitted is { Submodules.Count: 0, LfsFiles.Count: 0, UnencodedFiles.Count: 0 };
        return tree with
        {
            Omitted = isNothing ? null : omitted with { UnencodedFiles = omitted.UnencodedFiles is { Count: > 0 } some ? some : null },
            Size = tree.Size is { } size ? Trees.Aggregate(size, (sum, one) => sum.Plus(one.Tree.Size)) : null,
        };
    }

    private OmittedPaths Joined(OmittedPaths? own, Func<OmittedContent, OmittedPaths?> kind)
    {
        var all = Trees.Select(one => (one.Path, Omitted: one.Tree.Omitted is { } omitted ? kind(omitted) : null)).ToList();
        return new OmittedPaths(
            (own?.Count ?? 0) + all.Sum(one => one.Omitted?.Count ?? 0),
            [
                .. (own?.First ?? [])
                    .Concat(all.SelectMany(one => (one.Omitted?.First ?? []).Select(path => $"{one.Path}/{path}")))
                    .Order(StringComparer.Ordinal)
                    .Take(OmittedPaths.MaximumShown),
            ]
        );
    }
}

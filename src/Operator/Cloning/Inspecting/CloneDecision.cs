using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>What is to be done about a clone.</summary>
internal abstract record CloneDecision
{
    private CloneDecision() { }

    /// <summary>The clone that is there and whole, of whatever spec; null: none.</summary>
    public PublishedClone? Whole =>
        this switch
        {
            Keep keep => keep.Published,
            Replace replace => replace.Published,
            _ => null,
        };

    /// <summary>Decides by what is desired and what is there.</summary>
    public static CloneDecision For(DesiredClone desired, ObservedClone seen) =>
        seen switch
        {
            { Published: { } clone } when clone.Meets(desired) => new Keep(clone),
            { Published: { } clone } when clone.Marker.Uid == desired.Uid => new Replace(clone),
            { Published: not null } => Missing(desired, CloneLoss.MarkerForeign),
            { Loss: { } loss } => Missing(desired, loss),
            { Unreadable: { } failure } => new Wait(failure),
            _ => throw new ArgumentException("Neither a clone nor what is wrong with it.", nameof(seen)),
        };

    /// <summary>What was never published can't have been lost: leftovers of another CodeRepo of this name make no loss.</summary>
    private static CloneDecision Missing(DesiredClone desired, CloneLoss loss) => desired.HadClone ? new Reclone(loss) : new CloneFirst();

    /// <summary>It is what is desired.</summary>
    internal sealed record Keep(PublishedClone Published) : CloneDecision;

    /// <summary>It is whole, but of another URL, branch, depth or other folders: the spec changed.</summary>
    internal sealed record Replace(PublishedClone Published) : CloneDecision;

    /// <summary>There was none yet.</summary>
    internal sealed record CloneFirst : CloneDecision;

    /// <summary>It was lost or damaged.</summary>
    internal sealed record Reclone(CloneLoss Loss) : CloneDecision;

    /// <summary>Nobody knows what is there: it stays as it is, and is looked at again.</summary>
    internal sealed record Wait(CloneFailure Failure) : CloneDecision;
}

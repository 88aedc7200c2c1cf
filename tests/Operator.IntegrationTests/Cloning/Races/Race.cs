namespace CodeRepoOperator.Cloning.Races;

/// <summary>A change that comes at a step of a clone.</summary>
/// <param name="Start">What is under way.</param>
/// <param name="Step">Where it is held.</param>
/// <param name="Change">What happens then.</param>
/// <param name="Namespace">Where the CodeRepo is.</param>
internal sealed record Race(RaceStart Start, RaceStep Step, RaceChange Change, string Namespace)
{
    /// <summary>The CodeRepo's name, which no other race has.</summary>
    public string Name => $"{Start}-{Step}-{Change}".ToLowerInvariant();

    /// <summary>The repository that is being cloned when the change comes.</summary>
    public string Held => $"held-{Name}.git";

    /// <summary>The repository that is wanted after a change of it.</summary>
    public string Other => $"other-{Name}.git";

    /// <summary>The repository of the clone that an update is to replace.</summary>
    public string Old => $"old-{Name}.git";

    /// <summary>Whether the clone that is held is in its place already.</summary>
    public bool IsPublished => Step >= RaceStep.Status;

    /// <summary>How many first clones are made from the start to the end.</summary>
    public int Cloned =>
        (Start, Change) switch
        {
            (RaceStart.FirstClone, RaceChange.Recreated) => IsPublished ? 2 : 1,
            (RaceStart.FirstClone, RaceChange.Deleted or RaceChange.NamespaceDeleted) => IsPublished ? 1 : 0,
            (_, RaceChange.Recreated) => 2,
            _ => 1,
        };

    /// <summary>How many clones are replaced by others.</summary>
    public int Updated =>
        Start switch
        {
            RaceStart.Update => (IsPublished ? 1 : 0) + (HasAnotherSpec || (Change is RaceChange.Suspended && !IsPublished) ? 1 : 0),
            _ => IsPublished && HasAnotherSpec ? 1 : 0,
        };

    /// <summary>How many lost clones are made again.</summary>
    public int Recloned => Start == RaceStart.Reclone && (IsPublished || HasAnotherSpec || Change == RaceChange.Suspended) ? 1 : 0;

    private bool HasAnotherSpec => Change is RaceChange.Url or RaceChange.Branch;
}

namespace CodeRepoOperator.Cloning.Races;

/// <summary>What is under way when the change comes.</summary>
public enum RaceStart
{
    /// <summary>The first clone.</summary>
    FirstClone,

    /// <summary>The clone of a changed spec, with the old one in its place.</summary>
    Update,

    /// <summary>The clone that takes the place of one that was lost.</summary>
    Reclone,
}

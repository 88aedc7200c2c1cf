namespace CodeRepoOperator.Entities;

/// <summary>Reasons of the events that the operator publishes on a CodeRepo; each on a change only.</summary>
public static class EventReasons
{
    /// <summary>The first clone was published.</summary>
    public const string Cloned = "Cloned";

    /// <summary>A lost or damaged clone was made again.</summary>
    public const string Recloned = "Recloned";

    /// <summary>The clone was replaced by a newer one.</summary>
    public const string Updated = "Updated";

    /// <summary>A clone or update failed for a reason that was not there before.</summary>
    public const string CloneFailed = "CloneFailed";

    /// <summary>What failed before works again.</summary>
    public const string Recovered = "Recovered";

    /// <summary>A stuck database row was reset.</summary>
    public const string StuckIndexingReset = "StuckIndexingReset";

    /// <summary>A stuck database row was reset too often and is given up.</summary>
    public const string StuckIndexingGivenUp = "StuckIndexingGivenUp";

    /// <summary>The clone was taken off the volume.</summary>
    public const string Removed = "Removed";

    /// <summary>The CodeRepo was let go, and its clone is taken off the volume later: the store could not be used.</summary>
    public const string NotRemoved = "NotRemoved";
}

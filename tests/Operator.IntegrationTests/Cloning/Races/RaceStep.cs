namespace CodeRepoOperator.Cloning.Races;

/// <summary>Where a clone is held when the change comes, in the order of a clone.</summary>
public enum RaceStep
{
    /// <summary>The finalizer is about to be put on.</summary>
    Finalizer,

    /// <summary>The status that a clone is being made is about to be written.</summary>
    FirstStatus,

    /// <summary>The remote was asked for what it offers.</summary>
    InfoRefs,

    /// <summary>The remote was asked for its branches.</summary>
    ListRefs,

    /// <summary>The remote was asked for the pack.</summary>
    Fetch,

    /// <summary>A part of the pack has come.</summary>
    Pack,

    /// <summary>Some of the files are there.</summary>
    Checkout,

    /// <summary>The marker is written, and the disk is waited for: right before the clone takes its place.</summary>
    Flush,

    /// <summary>The clone is in its place, and the status is about to be written.</summary>
    Status,

    /// <summary>The status is written, and the operator does not know yet.</summary>
    StatusResponse,

    /// <summary>The event is about to be published.</summary>
    Event,

    /// <summary>The event is published, and the operator does not know yet.</summary>
    EventResponse,
}

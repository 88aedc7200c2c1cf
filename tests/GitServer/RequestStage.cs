namespace GitServer;

/// <summary>The requests of which a clone over smart HTTP is made, in their order.</summary>
public enum RequestStage
{
    /// <summary>What can the server do? Before protocol version 2 also: which refs are there?</summary>
    InfoRefs,

    /// <summary>Where is that branch? Protocol version 2 only.</summary>
    ListRefs,

    /// <summary>Send it.</summary>
    Fetch,
}

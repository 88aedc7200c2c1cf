using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>A remote that does one thing wrong, and what is to be said of it.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Reason">The reason that users see.</param>
/// <param name="Hint">Words of the message that say what happened or what to do.</param>
/// <param name="Fault">Makes the fault out of what the remote serves.</param>
internal sealed record Misbehaviour(string Name, string Reason, string Hint, Func<ServedRemote, RequestFault?> Fault)
{
    /// <summary>The repository. Default: a sound one.</summary>
    public string Repository { get; init; } = ServedRemote.Sound;

    /// <summary>The branch that is asked for. Default: the remote's own.</summary>
    public string? Branch { get; init; }

    /// <summary>Whether a poll goes well all the same, and only a clone meets it.</summary>
    public bool InClonesOnly { get; init; }

    /// <summary>How long both may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>When the remote asks to be tried again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public override string ToString() => Name;
}

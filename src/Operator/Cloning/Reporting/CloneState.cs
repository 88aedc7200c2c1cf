using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>The state of the clone of a CodeRepo, to be reported in its status.</summary>
internal sealed record CloneState
{
    /// <summary>The clone on the volume, of whatever spec; null: none.</summary>
    public PublishedClone? Published { get; init; }

    /// <summary>Whether <see cref="Published"/> is of what the spec asks for.</summary>
    public bool IsAsWanted { get; init; }

    /// <summary>What was done to it just now.</summary>
    public CloneChange Change { get; init; } = new CloneChange.None();

    /// <summary>Why it is missing or may be out of date.</summary>
    public CloneFailure? Failure { get; init; }

    /// <summary>What the operator does about it right now, a reason and a message; null: nothing.</summary>
    public (string Reason, string Message)? UnderWay { get; init; }

    /// <summary>Why nothing is done about it, a reason and a message; null: something is.</summary>
    public (string Reason, string Message)? Held { get; init; }

    /// <summary>When the remote responded last; null: not since the operator's start.</summary>
    public DateTimeOffset? RespondedAt { get; init; }
}

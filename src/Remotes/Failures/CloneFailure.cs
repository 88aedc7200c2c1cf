using System.Collections.Frozen;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes.Failures;

/// <summary>Why there is no clone, or no newer one: something the world may do, as opposed to a bug.</summary>
/// <param name="Reason">One of <see cref="Reasons"/>.</param>
/// <param name="Message">What happened and what to do next, without credentials; shown to users as it is.</param>
internal sealed record CloneFailure(string Reason, string Message)
{
    /// <summary>When the remote asks to be tried again, by its <c>Retry-After</c>, or another one is to; null: the usual time.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// What in <see cref="Message"/> are the remote's words: they may repeat the credentials that it got, and <see cref="GitRemote"/> takes
    /// those out. Null: none are, or they are clean.
    /// </summary>
    public string? Quoted { get; init; }

    /// <summary>
    /// Whether it says nothing about whether the host can be reached: it is the host's response for one repository, or the time was too
    /// short to know. One repository that always fails so must not cost the others of its host their places.
    /// </summary>
    public bool SaysNothingOfHost { get; init; }

    /// <summary>
    /// Whether the remote refused who asks, and not what was asked for: others who come with the same credentials may be refused as well.
    /// </summary>
    public bool RefusesCredentials { get; init; }

    /// <summary>Whether it is the CodeRepo's own proxy that failed or refused: the remote was not asked.</summary>
    public bool IsOfProxy { get; init; }

    /// <summary>
    /// Whether nothing was asked, because the budget of the host is used up for now, or another's clone is to be built on: no failure of
    /// anything, and nothing to be reported.
    /// </summary>
    public bool IsPutOff { get; init; }

    /// <summary>The volume is full, whoever noticed.</summary>
    public static readonly CloneFailure StoreFull = new(
        Reasons.StoreFull,
        "The volume is full; grow the claim, or delete CodeRepos that nobody needs."
    );

    /// <summary>The volume has bytes left, but no file can be made on it.</summary>
    public static readonly CloneFailure NoInodes = new(
        Reasons.StoreFull,
        "The volume has no free inodes (room for more files and directories), whatever bytes are free: grow the claim, or delete "
            + "CodeRepos that nobody needs."
    );

    /// <summary>Reasons that trying again may cure.</summary>
    public static readonly FrozenSet<string> TransientReasons =
    [
        Reasons.Timeout,
        Reasons.Unreachable,
        Reasons.RateLimited,
        Reasons.TransferFailed,
        Reasons.Superseded,
        Reasons.StoreFull,
        Reasons.StoreUnavailable,
    ];

    /// <summary>Reasons that only a change of the spec, the secret or the remote can cure.</summary>
    public static readonly FrozenSet<string> TerminalReasons =
    [
        Reasons.InvalidUrl,
        Reasons.InvalidSpec,
        Reasons.Unsupported,
        Reasons.HostNotAllowed,
        Reasons.AuthenticationFailed,
        Reasons.RepositoryNotFound,
        Reasons.BranchNotFound,
        Reasons.RefNotFound,
        Reasons.EmptyRepository,
        Reasons.SecretNotFound,
        Reasons.HostKeyMismatch,
        Reasons.UnsupportedObjectFormat,
        Reasons.TooLarge,
        Reasons.QuotaExceeded,
    ];

    /// <summary>Whether trying again is pointless until the spec, the secret or the remote changes.</summary>
    public bool Terminal => TerminalReasons.Contains(Reason);
}

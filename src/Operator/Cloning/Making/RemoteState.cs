using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What a remote has, and the credentials that it was asked with.</summary>
/// <param name="Head">What is to be cloned.</param>
/// <param name="Credentials">The credentials.</param>
/// <param name="At">When the remote responded: a timestamp of the monotonic clock.</param>
internal sealed record RemoteState(RemoteHead Head, GitCredentials Credentials, long At)
{
    /// <summary>When it was asked, by the same clock: what was pushed later may be missing.</summary>
    public required long AskedAt { get; init; }
}

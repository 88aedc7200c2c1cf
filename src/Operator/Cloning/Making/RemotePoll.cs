using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Polls remotes: which commit is to be cloned, with credentials that are read anew each time.</summary>
internal sealed class RemotePoll(
    GitRemote remote,
    CredentialSource source,
    RefusedCredentials refused,
    HostShares shares,
    CloneTimeout timeout,
    TimeProvider time
)
{
    /// <summary>How long a clone may wait for its slot before its remote is polled again: the branch may have moved.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>The credentials that there are now.</summary>
    public Task<Attempt<GitCredentials>> FindCredentialsAsync(DesiredClone desired, CancellationToken cancellationToken) =>
        source.FindAsync(desired, cancellationToken);

    /// <summary>Polls a remote within the timeout of the spec. A failure is noted for its host.</summary>
    public async Task<Attempt<RemoteState>> PollAsync(DesiredClone desired, GitCredentials credentials, CancellationToken cancellationToken)
    {
        var head = await timeout.RunAsync(desired, token => FindHeadAsync(desired, credentials, token), cancellationToken);
        if (head.Succeeded)
        {
            return new RemoteState(head.Value, credentials, time.GetTimestamp());
        }

        shares.Note(desired.Url.Authority, head.Failure);
        return head.Failure;
    }

    /// <summary>Polls a remote, unless it has refused the credentials too often: then it is not asked.</summary>
    public async Task<Attempt<RemoteHead>> FindHeadAsync(
        DesiredClone desired,
        GitCredentials credentials,
        CancellationToken cancellationToken
    )
    {
        if (refused.Hold(desired.Url, credentials) is { } held)
        {
            return held;
        }

        var head = await remote.PollAsync(desired.Url, desired.Revision, credentials, cancellationToken);
        refused.Note(desired.Url, credentials, head.Failure);
        if (head.Failure is { Reason: Reasons.AuthenticationFailed })
        {
            source.Refused(credentials);
        }

        if (head.Succeeded)
        {
            shares.Responses(desired.Url.Authority);
        }

        return head;
    }

    /// <summary>Whether a state is so old that branch and credentials may have changed since.</summary>
    public bool IsOld(RemoteState state) => time.GetElapsedTime(state.At) > LongestWait;
}

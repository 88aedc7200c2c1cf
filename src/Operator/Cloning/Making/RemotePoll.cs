using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Polls remotes: which commit is to be cloned, with credentials that are read anew each time.</summary>
internal sealed class RemotePoll(RemoteHeads heads, CredentialSource source, HostShares shares, CloneTimeout timeout, TimeProvider time)
{
    /// <summary>How long a clone may wait for its slot before its remote is polled again: the branch may have moved.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>The credentials that there are now. By which proxy they are used is noted for what others share with it.</summary>
    public async Task<Attempt<GitCredentials>> FindCredentialsAsync(DesiredClone desired, CancellationToken cancellationToken)
    {
        var found = await source.FindAsync(desired, cancellationToken);
        if (found.Succeeded)
        {
            shares.Goes(desired.Key, found.Value.Proxy?.Address);
        }

        return found;
    }

    /// <summary>Polls a remote for what it has from now on, before it is cloned.</summary>
    public Task<Attempt<RemoteState>> PollAsync(DesiredClone desired, GitCredentials credentials, CancellationToken cancellationToken) =>
        FindAsync(desired, credentials, PollNeed.Now(time), cancellationToken);

    /// <summary>Polls the remote of a clone that is there. What comes of it is noted for its host, as of all attempts.</summary>
    public async Task<Attempt<RemoteState>> PollAsync(
        DesiredClone desired,
        GitCredentials credentials,
        PollNeed need,
        CancellationToken cancellationToken
    )
    {
        var state = await FindAsync(desired, credentials, need, cancellationToken);
        if (state.Succeeded)
        {
            shares.Note(shares.GroupOf(desired.Key, desired.Url), failure: null);
        }

        return state;
    }

    /// <summary>Polls a remote for what it has from now on, within somebody else's timeout.</summary>
    public async Task<Attempt<RemoteHead>> FindHeadAsync(
        DesiredClone desired,
        GitCredentials credentials,
        CancellationToken cancellationToken
    )
    {
        var found = await heads.FindAsync(desired, credentials, PollNeed.Now(time), cancellationToken);
        return found.Succeeded ? found.Value.Head : found.Failure;
    }

    /// <summary>Whether a state is so old that branch and credentials may have changed since.</summary>
    public bool IsOld(RemoteState state) => time.GetElapsedTime(state.At) > LongestWait;

    /// <summary>Within the timeout of the spec. A failure is noted for the host.</summary>
    private async Task<Attempt<RemoteState>> FindAsync(
        DesiredClone desired,
        GitCredentials credentials,
        PollNeed need,
        CancellationToken cancellationToken
    )
    {
        var found = await timeout.RunAsync(desired, token => heads.FindAsync(desired, credentials, need, token), cancellationToken);
        if (found.Succeeded)
        {
            return new RemoteState(found.Value.Head, credentials, found.Value.RespondedAt) { AskedAt = found.Value.AskedAt };
        }

        shares.Note(shares.GroupOf(desired.Key, desired.Url), found.Failure);
        return found.Failure;
    }
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Clones submodules, each with the credentials that its host may get.</summary>
internal sealed class SubmoduleRemote(
    GitRemote remote,
    OriginCredentials origins,
    CredentialSource source,
    RefusedCredentials refused,
    HostShares shares
)
{
    /// <summary>Clones one.</summary>
    /// <param name="desired">The CodeRepo.</param>
    /// <param name="own">Its credentials, for its own origin.</param>
    /// <param name="order">The clone, without credentials.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Attempt<FetchedTree>> CloneAsync(
        DesiredClone desired,
        GitCredentials own,
        CloneOrder order,
        CancellationToken cancellationToken
    )
    {
        var found = await origins.FindAsync(desired, own, order.Url, cancellationToken);
        if (!found.Succeeded)
        {
            return found.Failure;
        }

        if (refused.Hold(order.Url, found.Value) is { } held)
        {
            return held;
        }

        var fetched = await remote.CloneAsync(order with { Credentials = found.Value }, cancellationToken);
        source.Note(found.Value, fetched.Failure);
        shares.Note(shares.GroupOf(desired.Key, order.Url), fetched.Failure);
        return refused.Note(order.Url, found.Value, fetched.Failure) is { } failure ? failure : fetched;
    }
}

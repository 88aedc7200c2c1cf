using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// Asks remotes where revisions are: once for all CodeRepos that want to know the same with the same credentials at about the same time,
/// and within the budget of the host.
/// </summary>
internal sealed class RemoteHeads(
    GitRemote remote,
    CredentialSource source,
    RefusedCredentials refused,
    HostShares shares,
    HostBudgets budgets,
    TimeProvider time
)
{
    /// <summary>How many are remembered: users name them. Beyond that all are asked for again.</summary>
    private const int Most = 10_000;

    /// <summary>A request that takes longer is not joined: what it hangs on costs those alone who wait for it.</summary>
    private static readonly TimeSpan LongestJoined = TimeSpan.FromSeconds(5);

    private readonly SecretDigest _digest = new();
    private readonly SingleFlight<Question, long, Attempt<FoundHead>> _flights = new();

    /// <summary>When the request began that those join whose poll is due.</summary>
    private readonly ConcurrentDictionary<Question, long> _underWay = new();

    /// <summary>What was found last. Failures are not kept: who tries again wants to know.</summary>
    private readonly ConcurrentDictionary<Question, FoundHead> _found = new();

    /// <summary>Finds where a revision is, unless the remote has refused the credentials too often: then it is not asked.</summary>
    /// <param name="desired">What is looked for.</param>
    /// <param name="credentials">With which credentials.</param>
    /// <param name="need">How new it must be, and whether it may wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What was found; a failure that <see cref="CloneFailure.IsPutOff"/>: the host's budget is used up.</returns>
    public async Task<Attempt<FoundHead>> FindAsync(
        DesiredClone desired,
        GitCredentials credentials,
        PollNeed need,
        CancellationToken cancellationToken
    )
    {
        var question = new Question(desired.Url, desired.Revision, DigestOf(credentials), Apart: null);
        if (_found.TryGetValue(question, out var known) && known.AskedAt > need.Since)
        {
            return known;
        }

        // Who was pushed to at the same instant asks together, and apart from what was asked before.
        var isJoining = need.Urgency == PollUrgency.Due && IsFresh(question, need.Since);
        var flight = isJoining ? question : question with { Apart = need.Urgency == PollUrgency.Due ? time.GetTimestamp() : need.Since };
        return await _flights.RunAsync(flight, 0, token => AskAsync(flight, desired, credentials, need.Urgency, token), cancellationToken);
    }

    /// <summary>Whether the request that is under way, if there is one, is new enough to be joined.</summary>
    private bool IsFresh(Question question, long since) =>
        !_underWay.TryGetValue(question, out var began) || (began >= since && time.GetElapsedTime(began) < LongestJoined);

    private async Task<Attempt<FoundHead>> AskAsync(
        Question flight,
        DesiredClone desired,
        GitCredentials credentials,
        PollUrgency urgency,
        CancellationToken cancellationToken
    )
    {
        if (refused.Hold(desired.Url, credentials) is { } held)
        {
            return held;
        }

        if (urgency != PollUrgency.Asked && !budgets.TryTake(desired.Url) && urgency == PollUrgency.Due)
        {
            return new CloneFailure(Reasons.RateLimited, $"The budget of {desired.Url.Host} is used up for now (Git:HostBudgets).")
            {
                IsPutOff = true,
                SaysNothingOfHost = true,
            };
        }

        var began = time.GetTimestamp();
        _underWay[flight] = began;
        try
        {
            var head = await remote.PollAsync(desired.Url, desired.Revision, credentials, cancellationToken);
            if (Note(desired, credentials, head) is { } failure)
            {
                return failure;
            }

            var found = new FoundHead(head.Value!, began, time.GetTimestamp());
            Keep(flight with { Apart = null }, found with { Head = found.Head with { Capabilities = null } });
            return found;
        }
        finally
        {
            _underWay.TryRemove(flight, out _);
        }
    }

    /// <returns>Why it failed; null: it did not.</returns>
    private CloneFailure? Note(DesiredClone desired, GitCredentials credentials, Attempt<RemoteHead> head)
    {
        source.Note(credentials, head.Failure);
        if (head.Succeeded)
        {
            shares.Responses(shares.GroupOf(desired.Key, desired.Url));
        }

        return refused.Note(desired.Url, credentials, head.Failure);
    }

    /// <summary>Keeps it, unless what another request found is newer.</summary>
    private void Keep(Question question, FoundHead found)
    {
        if (_found.Count >= Most)
        {
            _found.Clear();
        }

        _found.AddOrUpdate(question, found, (_, known) => known.AskedAt > found.AskedAt ? known : found);
    }

    /// <summary>All that decides about the response, and what messages of failures name.</summary>
    private string DigestOf(GitCredentials given) =>
        _digest.Of([
            given.Source,
            given.IsLoginWithheld.ToString(),
            given.Http?.UserName,
            given.Http?.Secret,
            given.Http?.Keys,
            given.Certificate?.Certificates,
            given.Certificate?.PrivateKey,
            given.Authorities,
            given.Ssh?.PrivateKey,
            given.Ssh?.Passphrase,
            given.Ssh?.KnownHosts,
            .. given.Proxy?.Parts ?? [],
        ]);

    /// <summary>What is asked.</summary>
    /// <param name="Url">Whom.</param>
    /// <param name="Revision">For what.</param>
    /// <param name="Credentials">With what, as a digest.</param>
    /// <param name="Apart">For whom a request of their own is made: by the instant; null: all others.</param>
    private sealed record Question(GitUrl Url, Revision Revision, string Credentials, long? Apart);
}

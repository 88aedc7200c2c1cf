using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes;

/// <summary>All that the operator does with remotes: look a revision up, clone it.</summary>
internal sealed class GitRemote(RemoteTransports transports, HostPolicy policy, WorkerProcess worker)
{
    /// <summary>Where a revision is; in this process, in two or three small requests.</summary>
    /// <param name="url">The remote.</param>
    /// <param name="revision">What is looked for.</param>
    /// <param name="credentials">For the remote's own origin; null: anonymous.</param>
    /// <param name="cancellationToken">Ends it; also the only limit to how long a remote may take once it is connected.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<Attempt<RemoteHead>> PollAsync(
        GitUrl url,
        Revision revision,
        GitCredentials? credentials,
        CancellationToken cancellationToken
    )
    {
        if (policy.Judge(url, credentials) is { } refused)
        {
            return refused;
        }

        var redaction = new CredentialRedaction(credentials);
        try
        {
            await using var visit = await UploadPack.OpenAsync(transports, url, revision, credentials, cancellationToken);
            var head = await visit.FindHeadAsync(cancellationToken);
            return head.Succeeded ? head.Value with { Capabilities = visit.Capabilities } : redaction.Of(head.Failure);
        }
        catch (RemoteFailureException e)
        {
            return redaction.Of(e.Failure);
        }
    }

    /// <summary>
    /// Makes a complete working tree of one revision, in a child process. <c>.git</c> has HEAD on the branch or commit, the remote
    /// <c>origin</c> for it alone, and no credential. Nothing in the repository is run; submodules stay empty
    /// directories, which are named where the order asks for it, and LFS files pointers.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing writes into the directory any more.</exception>
    public async Task<Attempt<FetchedTree>> CloneAsync(CloneOrder order, CancellationToken cancellationToken)
    {
        if (policy.Judge(order.Url, order.Credentials) is { } refused)
        {
            return refused;
        }

        var tree = await worker.CloneAsync(order, cancellationToken);
        return tree.Succeeded ? tree : new CredentialRedaction(order.Credentials).Of(tree.Failure);
    }

    /// <summary>
    /// Fetches the files of Git LFS of a tree that nobody reads yet, in a child process, and puts them in the places of their pointers.
    /// </summary>
    /// <param name="server">The server, or the repository over SSH that says where it is.</param>
    /// <param name="order">What is to be fetched.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing writes into the directory any more.</exception>
    public async Task<Attempt<FetchedLfs>> FillAsync(GitUrl server, LfsOrder order, CancellationToken cancellationToken)
    {
        if (policy.Judge(server, order.Credentials) is { } refused)
        {
            return refused;
        }

        var fetched = await worker.FillAsync(order, cancellationToken);
        var redaction = new CredentialRedaction(order.Credentials);
        return !fetched.Succeeded ? redaction.Of(fetched.Failure)
            : fetched.Value.Failure is { } failure ? fetched.Value with { Failure = redaction.Of(failure) }
            : fetched;
    }
}

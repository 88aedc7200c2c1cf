using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Lfs;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Fetches the files of Git LFS of one tree, with the credentials that their server may get.</summary>
internal sealed class LfsRemote(GitRemote remote, OriginCredentials origins, RefusedCredentials refused, IOptions<GitOptions> options)
{
    /// <summary>Fetches them.</summary>
    /// <param name="desired">The CodeRepo.</param>
    /// <param name="own">Its credentials, for its own origin.</param>
    /// <param name="place">The tree.</param>
    /// <param name="budget">What they may take of the volume.</param>
    /// <param name="maxBytes">What they may have together.</param>
    /// <param name="patience">How long to go on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Attempt<FetchedLfs>> FetchAsync(
        DesiredClone desired,
        GitCredentials own,
        LfsPlace place,
        CloneBudget budget,
        long maxBytes,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        var found = place.Fetched.Lfs ?? throw new ArgumentException("The tree has no files of Git LFS.", nameof(place));
        if (found.Flaw is { } flaw)
        {
            return new CloneFailure(Reasons.Unsupported, $"{flaw}: correct it in the repository.");
        }

        var server = LfsServerUrl.Resolve(found.Url, place.Url);
        if (!server.Succeeded)
        {
            return server.Failure;
        }

        var credentials = await origins.FindAsync(desired, own, server.Value, cancellationToken);
        if (!credentials.Succeeded)
        {
            return credentials.Failure;
        }

        if (refused.Hold(server.Value, credentials.Value) is { } held)
        {
            return held;
        }

        var order = new LfsOrder(place.Tree, server.Value.ToString(), maxBytes)
        {
            Ref = place.Ref,
            SeedFrom = place.Seed,
            Credentials = credentials.Value,
            Budget = budget,
            Patience = patience,
            Options = options.Value,
        };

        // What comes of it is not noted: a host that has no Git LFS, or not for who asks, may well be good for git.
        return await remote.FillAsync(server.Value, order, cancellationToken);
    }
}

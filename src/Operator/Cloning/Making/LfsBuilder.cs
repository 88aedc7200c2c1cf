using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Fetches the files of Git LFS of a clone in the making and of its submodules, one tree after the other.</summary>
internal sealed class LfsBuilder(LfsRemote remote, IOptions<GitOptions> options)
{
    /// <summary>Fetches them.</summary>
    /// <param name="desired">The CodeRepo, which asks for them.</param>
    /// <param name="order">The clone in the making.</param>
    /// <param name="tree">What it holds.</param>
    /// <param name="places">The trees that have some.</param>
    /// <param name="patience">How long they may take together, where none is required: the clone must not fail for them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What came of them; a failure: a required one is missing, or the volume has no room.</returns>
    public async Task<Attempt<MadeLfs>> BuildAsync(
        DesiredClone desired,
        CloneOrder order,
        FetchedTree tree,
        IReadOnlyList<LfsPlace> places,
        Func<TimeSpan> patience,
        CancellationToken cancellationToken
    )
    {
        var asked = desired.Lfs ?? throw new ArgumentException("No files of Git LFS are asked for.", nameof(desired));
        var budget = ContentBudget.Of(order, options.Value);
        budget.Count(tree.Size);
        var made = new MadeLfs(asked);
        foreach (var place in places)
        {
            var share = budget.Take(parts: 1);
            var fetched = await remote.FetchAsync(
                desired,
                order.Credentials ?? GitCredentials.Anonymous,
                place,
                share,
                asked.MaxBytes - made.Bytes,
                asked.Required ? Timeout.InfiniteTimeSpan : patience(),
                cancellationToken
            );
            budget.GiveBack(share, fetched.Value?.Size);
            if (
                (fetched.Failure ?? fetched.Value?.Failure) is { } failure
                && (asked.Required || failure.Reason is Reasons.QuotaExceeded or Reasons.StoreFull or Reasons.StoreUnavailable)
            )
            {
                return Explain(place, failure);
            }

            made.Add(place, fetched);
        }

        return made;
    }

    /// <summary>What failed is not the CodeRepo's own host, nor its credentials.</summary>
    private static CloneFailure Explain(LfsPlace place, CloneFailure failure) =>
        failure with
        {
            Message = $"Git LFS: {(place.Path.Length == 0 ? "" : $"submodule {RemoteText.Escaped(place.Path)}: ")}{failure.Message}",
            SaysNothingOfHost = true,
            RefusesCredentials = false,
        };
}

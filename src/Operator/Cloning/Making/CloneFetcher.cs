using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Fetches a clone with its submodules and files of Git LFS into one directory.</summary>
internal sealed class CloneFetcher(
    GitRemote remote,
    FailedUpdates failedUpdates,
    SubmoduleBuilder submodules,
    LfsBuilder lfs,
    IOptions<GitOptions> options,
    TimeProvider time
)
{
    /// <summary>
    /// The part of what is left of the timeout that optional submodules, and then optional files, may take: the rest is for what comes
    /// after them.
    /// </summary>
    private const double Patience = 0.75;

    /// <summary>Fetches it.</summary>
    /// <param name="desired">What it is to be of.</param>
    /// <param name="order">The clone.</param>
    /// <param name="old">The older clone that it is built on; null: none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">The volume can't be written to.</exception>
    public async Task<Attempt<FetchedClone>> FetchAsync(
        DesiredClone desired,
        CloneOrder order,
        PublishedClone? old,
        CancellationToken cancellationToken
    )
    {
        var begun = time.GetTimestamp();
        var tree = await failedUpdates.NoteAsync(desired.Key, order.Consolidates ? null : old, () =>
            remote.CloneAsync(order, cancellationToken)
        );
        if (!tree.Succeeded)
        {
            return tree.Failure;
        }

        // Another's clone lends no submodules: what is linked of them is asked of nobody, and only it was given them.
        var own = old?.Key == desired.Key ? old : null;
        var fetched = new FetchedClone(tree.Value, null, null);
        List<LfsPlace> places = [new("", order.Directory, desired.Url, tree.Value, order.SeedFrom)];
        if (desired.Submodules is { } asked)
        {
            var work = new SubmoduleWork(desired, order, tree.Value, own, LeftOf(desired, begun));
            var made = await submodules.BuildAsync(work, cancellationToken);
            if (!made.Succeeded)
            {
                return made.Failure;
            }

            var mayComeLater = made.Value.Failures.Any(failure => failure.MayComeLater);
            fetched = new FetchedClone(made.Value.AddTo(tree.Value), new ClonedSubmodules(asked, made.Value.Fetched, mayComeLater), null);
            places.AddRange(PlacesOf(work, made.Value));
        }

        return desired.Lfs is null ? fetched : await FetchLfsAsync(desired, order, fetched, places, begun, cancellationToken);
    }

    private async Task<Attempt<FetchedClone>> FetchLfsAsync(
        DesiredClone desired,
        CloneOrder order,
        FetchedClone fetched,
        IEnumerable<LfsPlace> places,
        long begun,
        CancellationToken cancellationToken
    )
    {
        var made = await lfs.BuildAsync(
            desired,
            order,
            fetched.Tree,
            [.. places.Where(place => place.Fetched.Lfs is not null)],
            () => LeftOf(desired, begun),
            cancellationToken
        );
        return made.Succeeded ? fetched with { Tree = made.Value.AddTo(fetched.Tree), Lfs = made.Value.Cloned } : made.Failure;
    }

    private static IEnumerable<LfsPlace> PlacesOf(SubmoduleWork work, MadeSubmodules made)
    {
        var seeds = new SubmoduleSeeds(work);
        var trees = made.Trees.ToDictionary(one => one.Path, one => one.Tree, StringComparer.Ordinal);
        foreach (var place in made.Fetched)
        {
            if (GitUrl.Parse(place.Url).Value is { } url)
            {
                yield return new LfsPlace(place.Path, place.In(work.Order.Directory), url, trees[place.Path], seeds.Of(place));
            }
        }
    }

    /// <summary>How long what is optional may take.</summary>
    private TimeSpan LeftOf(DesiredClone desired, long begun)
    {
        var left = options.Value.TimeoutFor(desired.Timeout) - time.GetElapsedTime(begun);
        return left > TimeSpan.Zero ? left * Patience : TimeSpan.Zero;
    }
}

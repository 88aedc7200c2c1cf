using System.Numerics;
using CodeRepoOperator.GitWorker.Checking;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Refs;
using LibGit2Sharp;
using ObjectId = LibGit2Sharp.ObjectId;

namespace CodeRepoOperator.GitWorker;

/// <summary>The packs of an older clone, linked into a new one.</summary>
/// <param name="Haves">The older clone's commit and some before it, newest first.</param>
/// <param name="Shallow">The commits whose parents the older clone lacks.</param>
internal sealed record SeedPacks(IReadOnlyList<string> Haves, IReadOnlyList<string> Shallow)
{
    /// <summary>Nothing to build on.</summary>
    public static readonly SeedPacks None = new([], []);

    // Each update adds a pack, and each pack makes the next one slower: of 100 files, on busy cores, the quickest of 15 took 132 ms on top
    // of 1 pack, 143 ms on top of 50, 237 ms on top of 200. Clones are made anew in the background long before
    // (Store:ConsolidateAbovePacks); this is for those that it can't keep up with, so that packs do not pile up without end. It is far
    // above, since here somebody waits.
    private const int MaximumPacks = 200;

    // So that a branch that was reset by some commits still shares history with us; beyond them each power of two.
    private const int NewestHaves = 32;

    // Commits that are looked at: some milliseconds. Damage behind them is found by the deeper checks of published clones.
    private const int MaximumChecked = 256;

    /// <summary>
    /// Links the packs of <paramref name="seed"/> into <paramref name="clone"/>, or does nothing where that would not be sound.
    /// </summary>
    /// <param name="seed">The older clone.</param>
    /// <param name="clone">The new one.</param>
    /// <param name="depth">How many commits of history it is to have; 0: all of it.</param>
    /// <param name="isPartial">Whether it may lack what the folders of a sparse clone don't need.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<SeedPacks> LinkAsync(
        GitTree seed,
        string clone,
        int depth,
        bool isPartial,
        CancellationToken cancellationToken
    )
    {
        var source = GitDirectory.Of(seed);
        var target = GitDirectory.Of(clone);
        var linked = new List<string>();
        try
        {
            var shallow = source.ReadShallow();
            string[] packs = Directory.Exists(source.Packs) ? Directory.GetFiles(source.Packs, "*" + GitPaths.PackExtension) : [];

            // The whole history can't be built on a part of it, and objects kept elsewhere can't be linked.
            if (packs.Length is 0 or > MaximumPacks || (depth == 0 && shallow.Count > 0) || File.Exists(source.Alternates))
            {
                return None;
            }

            // What a remote takes us to have of a commit that we claim to have, a partial clone may lack.
            if (source.IsPartial && !isPartial)
            {
                return None;
            }

            // Nor on packs that are not byte for byte what was written: what is not read now would be handed on for ever.
            if (await new PackCheck(seed, Pace.Unlimited()).FindAsync(cancellationToken) is not null)
            {
                return None;
            }

            foreach (var file in packs.SelectMany(pack => new[] { pack, Path.ChangeExtension(pack, GitPaths.PackIndexExtension) }))
            {
                var link = Path.Combine(target.Packs, Path.GetFileName(file));
                FileLink.Create(file, link);
                linked.Add(link);
            }

            foreach (var pack in packs.Where(pack => File.Exists(Path.ChangeExtension(pack, GitPaths.PromisorExtension))))
            {
                GitDirectory.MarkPartial(Path.Combine(target.Packs, Path.GetFileName(pack)));
            }

            using var repository = new Repository(clone);
            return new SeedPacks(
                FindHaves(seed, repository, shallow),
                [.. shallow.Where(commit => repository.Lookup<Commit>(commit) is not null)]
            );
        }
        catch (Exception e) when (LocalFailure.Knows(e))
        {
            // Another file system, no links left, a damaged clone: all is transferred.
            linked.ForEach(File.Delete);
            linked.ForEach(file => File.Delete(Path.ChangeExtension(file, GitPaths.PromisorExtension)));
            return None;
        }
    }

    // Looked up in the new clone: what is not in the linked packs is not here.
    private static List<string> FindHaves(GitTree seed, Repository repository, IReadOnlyList<string> shallow)
    {
        using var old = new Repository(seed.GitDirectory);
        var commit = repository.Lookup<Commit>(old.Head.Tip?.Sha ?? ObjectName.None)
            ?? throw new NotFoundException("the older clone's commit is not in its packs");
        RefuseGaps(repository, commit, shallow);
        var haves = new List<string>();
        for (var back = 0; commit is not null && back < MaximumChecked; back++)
        {
            if (back < NewestHaves || BitOperations.IsPow2(back))
            {
                haves.Add(commit.Sha);
            }

            commit = ParentsOf(commit, shallow).FirstOrDefault();
        }

        return haves;
    }

    // A remote takes a commit that we claim to have for all that is before it, up to the shallow ones: what lacks anything there
    // is not built on.
    private static void RefuseGaps(Repository repository, Commit newest, IReadOnlyList<string> shallow)
    {
        var seen = new HashSet<ObjectId> { newest.Id };
        var waiting = new Queue<Commit>([newest]);
        while (seen.Count < MaximumChecked && waiting.TryDequeue(out var commit))
        {
            var parents = ParentsOf(commit, shallow);
            if (parents.Select(parent => parent.Id).Prepend(commit.Tree.Id).Any(id => !repository.ObjectDatabase.Contains(id)))
            {
                throw new NotFoundException($"a part of {commit.Sha} is not in the older clone's packs");
            }

            parents.Where(parent => seen.Add(parent.Id)).ToList().ForEach(waiting.Enqueue);
        }
    }

    private static List<Commit> ParentsOf(Commit commit, IReadOnlyList<string> shallow) =>
        shallow.Contains(commit.Sha, StringComparer.Ordinal) ? [] : [.. commit.Parents];
}

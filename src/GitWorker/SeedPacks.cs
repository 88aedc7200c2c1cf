using CodeRepoOperator.Cloning.Remotes.Protocol;
using LibGit2Sharp;

namespace CodeRepoOperator.GitWorker;

/// <summary>The packs of an older clone, linked into a new one.</summary>
/// <param name="Haves">The older clone's commit and some before it, newest first.</param>
/// <param name="Shallow">The commits whose parents the older clone lacks.</param>
internal sealed record SeedPacks(IReadOnlyList<string> Haves, IReadOnlyList<string> Shallow)
{
    /// <summary>Nothing to build on.</summary>
    public static readonly SeedPacks None = new([], []);

    // Each update adds a pack, and each pack makes every look-up slower; from there on a fresh transfer pays.
    private const int MaximumPacks = 50;

    // So that a branch that was reset by some commits still shares history with us.
    private const int MaximumHaves = 32;

    /// <summary>Links the packs of <paramref name="seed"/> into <paramref name="clone"/>, or does nothing where that would not be sound.</summary>
    public static SeedPacks Link(string seed, string clone, int depth)
    {
        var source = GitFolder.Of(seed);
        var target = GitFolder.Of(clone);
        var linked = new List<string>();
        try
        {
            var shallow = source.ReadShallow();
            string[] packs = Directory.Exists(source.Packs) ? Directory.GetFiles(source.Packs, "*.pack") : [];

            // The whole history can't be built on a part of it, and objects kept elsewhere can't be linked.
            if (packs.Length is 0 or > MaximumPacks || (depth == 0 && shallow.Count > 0) || File.Exists(source.Alternates))
            {
                return None;
            }

            foreach (var file in packs.SelectMany(pack => new[] { pack, Path.ChangeExtension(pack, ".idx") }))
            {
                var link = Path.Combine(target.Packs, Path.GetFileName(file));
                FileLink.Create(file, link);
                linked.Add(link);
            }

            return new SeedPacks(Ancestors(seed, clone, shallow), shallow);
        }
        catch (Exception e) when (LocalFailure.Knows(e))
        {
            // Another file system, no links left, a damaged clone: all is transferred.
            linked.ForEach(File.Delete);
            return None;
        }
    }

    private static List<string> Ancestors(string seed, string clone, IReadOnlyList<string> shallow)
    {
        using var old = new Repository(seed);
        using var repository = new Repository(clone);
        var haves = new List<string>();

        // Looked up in the new clone: what is not in its packs is not here.
        var commit = repository.Lookup<Commit>(old.Head.Tip?.Sha ?? ObjectName.None);
        while (commit is not null && repository.ObjectDatabase.Contains(commit.Tree.Id) && haves.Count < MaximumHaves)
        {
            haves.Add(commit.Sha);
            commit = shallow.Contains(commit.Sha, StringComparer.Ordinal) ? null : commit.Parents.FirstOrDefault();
        }

        return haves.Count > 0 ? haves : throw new NotFoundException("the older clone's commit is not in its packs");
    }
}

using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>Git's directory in a clone, and what of it this program reads and writes by itself.</summary>
internal sealed class GitDirectory
{
    private readonly string _shallow;
    private readonly string _attributes;

    private GitDirectory(string git)
    {
        _shallow = GitPaths.ShallowIn(git);
        _attributes = GitPaths.AttributesIn(git);
        Config = GitPaths.ConfigIn(git);
        SparseCheckout = GitPaths.SparseCheckoutIn(git);
        Index = GitPaths.IndexIn(git);
        Objects = GitPaths.ObjectsIn(git);
        Packs = GitPaths.PacksIn(git);
        Alternates = GitPaths.AlternatesIn(git);
    }

    public string Config { get; }

    public string SparseCheckout { get; }

    public string Index { get; }

    public string Objects { get; }

    public string Packs { get; }

    public string Alternates { get; }

    /// <summary>What the packs and their indexes take.</summary>
    public long PackedBytes => new DirectoryInfo(Packs).EnumerateFiles().Sum(file => file.Length);

    /// <summary>
    /// Whether something may be missing that its commits need, as in a partial clone of git's: a pack has it noted beside it.
    /// </summary>
    public bool IsPartial => Directory.Exists(Packs) && Directory.EnumerateFiles(Packs, "*" + GitPaths.PromisorExtension).Any();

    /// <summary>How many packs and indexes there are.</summary>
    public int PackFiles => Directory.EnumerateFiles(Packs).Count();

    /// <summary>Notes beside a pack that what its objects name may be missing.</summary>
    public static void MarkPartial(string pack) => File.WriteAllBytes(Path.ChangeExtension(pack, GitPaths.PromisorExtension), []);

    public static GitDirectory Of(GitTree clone) => new(clone.GitDirectory);

    /// <summary>The commits whose parents are not in the clone; none when the file is absent, as git has it.</summary>
    public IReadOnlyList<string> ReadShallow() =>
        File.Exists(_shallow) ? [.. File.ReadLines(_shallow).Where(line => ObjectName.IsSha1(line))] : [];

    /// <summary>Writes the commits whose parents are not in the clone.</summary>
    public void WriteShallow(IEnumerable<string> commits)
    {
        var lines = commits.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (lines.Count > 0)
        {
            File.WriteAllLines(_shallow, lines);
        }
    }

    /// <summary>
    /// Whether the clone was made by an early version of the operator, which left <c>$Id$</c> as committed and said so to git in
    /// <c>info/attributes</c>. It converted other files in other ways too.
    /// </summary>
    public bool HasAttributesOfItsOwn => File.Exists(_attributes);
}

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>
/// The paths in a clone that git's own layout fixes (gitrepository-layout), as text for .NET, and as bytes for what is reached by handles.
/// </summary>
internal static class GitPaths
{
    /// <summary>How the name of a pack ends.</summary>
    public const string PackExtension = ".pack";

    /// <summary>How the name of a pack's index ends.</summary>
    public const string PackIndexExtension = ".idx";

    /// <summary>
    /// How the name of a file ends that lies beside a pack and says that what its objects name may be missing: the remote has it.
    /// </summary>
    public const string PromisorExtension = ".promisor";

    /// <summary>What git's directory in a clone is called.</summary>
    public const string Directory = ".git";

    /// <inheritdoc cref="Directory" />
    public static ReadOnlySpan<byte> DirectoryName => ".git"u8;

    /// <summary>What is checked out, in git's directory.</summary>
    public static ReadOnlySpan<byte> IndexName => "index"u8;

    /// <summary>The branch, or the commit, that is checked out, in git's directory.</summary>
    public static ReadOnlySpan<byte> HeadName => "HEAD"u8;

    /// <summary>The commits whose parents are not in the clone, in git's directory.</summary>
    public static ReadOnlySpan<byte> ShallowName => "shallow"u8;

    /// <summary>Refs that <c>git pack-refs</c> wrote, in git's directory.</summary>
    public static ReadOnlySpan<byte> PackedRefsName => "packed-refs"u8;

    /// <summary>Where the git directories of submodules are, in git's directory.</summary>
    public const string ModulesName = "modules";

    /// <summary>Says which submodules a tree has, in its top directory.</summary>
    public static ReadOnlySpan<byte> SubmodulesFile => ".gitmodules"u8;

    /// <summary>The packs and their indexes, from git's directory on.</summary>
    public static ReadOnlySpan<byte> PacksPath => "objects/pack"u8;

    /// <summary>Whether it is the name of a pack.</summary>
    public static bool IsPack(ReadOnlySpan<byte> name) => name.EndsWith(".pack"u8);

    /// <summary>Whether it is the name of a pack's index.</summary>
    public static bool IsPackIndex(ReadOnlySpan<byte> name) => name.EndsWith(".idx"u8);

    /// <summary>Git's directory.</summary>
    public static string DirectoryOf(string clone) => Path.Combine(clone, Directory);

    /// <summary>Git's settings, in a git directory.</summary>
    public static string ConfigIn(string git) => Path.Combine(git, "config");

    /// <summary>What is checked out, in a git directory.</summary>
    public static string IndexIn(string git) => Path.Combine(git, "index");

    /// <summary>The commits whose parents are not there, in a git directory.</summary>
    public static string ShallowIn(string git) => Path.Combine(git, "shallow");

    /// <summary>Which files of the commit are there where not all are, in a git directory.</summary>
    public static string SparseCheckoutIn(string git) => Path.Combine(git, "info", "sparse-checkout");

    /// <summary>Attributes of the clone's own, in a git directory.</summary>
    public static string AttributesIn(string git) => Path.Combine(git, "info", "attributes");

    /// <summary>All objects, in a git directory.</summary>
    public static string ObjectsIn(string git) => Path.Combine(git, "objects");

    /// <summary>The packs and their indexes, in a git directory.</summary>
    public static string PacksIn(string git) => Path.Combine(git, "objects", "pack");

    /// <summary>Where else objects are, in a git directory.</summary>
    public static string AlternatesIn(string git) => Path.Combine(git, "objects", "info", "alternates");
}

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

    /// <summary>The packs and their indexes, from git's directory on.</summary>
    public static ReadOnlySpan<byte> PacksPath => "objects/pack"u8;

    /// <summary>Whether it is the name of a pack.</summary>
    public static bool IsPack(ReadOnlySpan<byte> name) => name.EndsWith(".pack"u8);

    /// <summary>Whether it is the name of a pack's index.</summary>
    public static bool IsPackIndex(ReadOnlySpan<byte> name) => name.EndsWith(".idx"u8);

    /// <summary>Git's directory.</summary>
    public static string DirectoryOf(string clone) => Path.Combine(clone, Directory);

    /// <summary>Git's settings for the clone.</summary>
    public static string ConfigOf(string clone) => Path.Combine(clone, Directory, "config");

    /// <summary>What is checked out.</summary>
    public static string IndexOf(string clone) => Path.Combine(clone, Directory, "index");

    /// <summary>The commits whose parents are not in the clone.</summary>
    public static string ShallowOf(string clone) => Path.Combine(clone, Directory, "shallow");

    /// <summary>Attributes of the clone's own.</summary>
    public static string AttributesOf(string clone) => Path.Combine(clone, Directory, "info", "attributes");

    /// <summary>All objects.</summary>
    public static string ObjectsOf(string clone) => Path.Combine(clone, Directory, "objects");

    /// <summary>The packs and their indexes.</summary>
    public static string PacksOf(string clone) => Path.Combine(clone, Directory, "objects", "pack");

    /// <summary>Where else objects are.</summary>
    public static string AlternatesOf(string clone) => Path.Combine(clone, Directory, "objects", "info", "alternates");
}

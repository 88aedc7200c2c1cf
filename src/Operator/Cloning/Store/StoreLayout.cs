using System.Globalization;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Text;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Every path on the volume.</summary>
internal sealed class StoreLayout(IOptions<StoreOptions> options)
{
    /// <summary>The volume.</summary>
    public string Root { get; } = Path.GetFullPath(options.Value.Root);

    /// <summary>The volume's directories and files, reached through no link.</summary>
    public StoreVolume Volume { get; } = new(Path.GetFullPath(options.Value.Root));

    /// <summary>The operator's own directory on the volume.</summary>
    public string Own => Path.Combine(Root, OwnName);

    /// <summary>Says whose store this is; locked by the process that writes to it.</summary>
    public string Owner => Path.Combine(Own, "owner");

    /// <summary>Clones in the making.</summary>
    public string Staging => Path.Combine(Own, "tmp");

    /// <summary>What was replaced or deleted.</summary>
    public string Trash => Path.Combine(Own, "trash");

    /// <summary>Names in the root that are neither ours nor a reason to refuse it: ext4 makes this one.</summary>
    public const string LostAndFound = "lost+found";

    private const string OwnName = ".coderepo";

    /// <summary>The clone of a CodeRepo, relative to the root.</summary>
    /// <exception cref="ArgumentException">The names are none that an API server would have taken.</exception>
    public static string RelativePath(NamespacedName key) =>
        KubernetesName.IsNamespace(key.Namespace) && KubernetesName.IsObject(key.Name)
            ? $"{key.Namespace}/{key.Name}"
            : throw new ArgumentException($"Not names of Kubernetes objects: {key}", nameof(key));

    /// <summary>The clone of a CodeRepo.</summary>
    public string Clone(NamespacedName key) => Path.Combine(Root, RelativePath(key));

    /// <summary>
    /// The places that have a directory where a clone would be: what no object may be called, as our own directory, is none. Nothing is
    /// looked for behind links.
    /// </summary>
    /// <exception cref="IOException">The volume can't be read.</exception>
    public IEnumerable<NamespacedName> Places() =>
        from ofNamespace in DirectoriesIn(Root)
        where KubernetesName.IsNamespace(ofNamespace)
        from clone in DirectoriesIn(Path.Combine(Root, ofNamespace))
        where KubernetesName.IsObject(clone)
        select new NamespacedName(ofNamespace, clone);

    /// <summary>The marker in a clone. Inside git's directory, so that the working tree is the repository's alone.</summary>
    public static string Marker(string clone) => Path.Combine(GitPaths.DirectoryOf(clone), "coderepo.json");

    /// <summary>The marker's name in git's directory.</summary>
    public static ReadOnlySpan<byte> MarkerName => "coderepo.json"u8;

    /// <summary>
    /// A new name for a clone in the making. No process has used it before: a child of one that was killed may still write to
    /// its directory's name for a moment.
    /// </summary>
    public string NewStaging(string uid) => Path.Combine(Staging, $"{uid}.{Guid.NewGuid():n}");

    /// <summary>A new name in the trash, which says since when it is there.</summary>
    public string NewTrash(DateTimeOffset since) =>
        Path.Combine(Trash, string.Create(CultureInfo.InvariantCulture, $"{since.ToUnixTimeMilliseconds()}.{Guid.NewGuid():n}"));

    /// <summary>A new name in the trash, which also says by a clock that does not step since when it is there.</summary>
    public string NewTrash(DateTimeOffset since, BootTime moment) => $"{NewTrash(since)}.{moment}";

    /// <summary>Since when something is in the trash by the clock of the boot; null: its name does not say.</summary>
    public static BootTime? InTrashSinceBoot(string path) =>
        Path.GetFileName(path).Split('.', count: 3) is [_, _, var moment] ? BootTime.Parse(moment) : null;

    /// <summary>
    /// Since when something is in the trash, by the clock of who moved it there; what has no such name is as old as can be.
    /// </summary>
    public static DateTimeOffset InTrashSince(string path) =>
        long.TryParse(Path.GetFileName(path).Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.MinValue;

    private List<string> DirectoriesIn(string path)
    {
        try
        {
            using var directory = Volume.Find(path);
            return directory is null
                ? []
                :
                [
                    .. directory
                        .Names()
                        .Where(name => Ascii.IsValid(name) && directory.Look(name) is { IsDirectory: true })
                        .Select(Encoding.ASCII.GetString),
                ];
        }
        catch (IOException error) when (error.HResult == NativeFile.AccessDenied && path != Root)
        {
            // Nobody knows whose it is, today or tomorrow: it stays, and the others are looked at.
            return [];
        }
    }
}

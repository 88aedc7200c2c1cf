using System.Globalization;
using System.Text;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// Where submodules of one clone are made, and how they come into their places, as `git submodule` has them: the git directory in
/// <c>.git/modules</c> of the tree that has them, and a file <c>.git</c> that leads there. Each is made in a directory of its own, so that
/// no path of the repository leads who makes it anywhere; what is moved is reached through no link.
/// </summary>
/// <param name="volume">The volume.</param>
/// <param name="clone">Full path of the clone in the making.</param>
internal sealed class SubmoduleDirectory(StoreVolume volume, string clone)
{
    private const string MakingName = "coderepo-submodules";

    // Guards the configuration files: several submodules are written into one.
    private readonly Lock _lock = new();
    private int _made;

    private string Making => Path.Combine(GitPaths.DirectoryOf(clone), MakingName);

    /// <summary>Makes an empty directory to clone into.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    public string New()
    {
        var directory = Path.Combine(Making, Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture));
        volume.Make(directory).Dispose();
        return directory;
    }

    /// <summary>Puts a submodule into its place.</summary>
    /// <param name="made">Where it was made.</param>
    /// <param name="submodule">What it is.</param>
    /// <exception cref="IOException">It can't be.</exception>
    public void Place(string made, PendingSubmodule submodule)
    {
        var place = submodule.Place;
        var git = GitPaths.DirectoryOf(clone);
        lock (_lock)
        {
            var target = Path.Combine(git, place.Modules);
            volume.Make(Path.GetDirectoryName(target)!).Dispose();
            volume.Rename(GitPaths.DirectoryOf(made), target);
            Write(made, GitPaths.DirectoryName, place.GitFile);
            Append(target, $"[core]\n\tworktree = {Quoted(place.WayToTree)}\n");
            Append(
                Path.Combine(git, submodule.ParentModules),
                $"[submodule {Quoted(submodule.Name)}]\n\tactive = true\n\turl = {Quoted(place.Url)}\n"
            );

            // In place of the empty directory that the checkout left.
            volume.Rename(made, Path.Combine(clone, place.Path));
        }
    }

    /// <summary>Deletes what is left when all are done.</summary>
    /// <exception cref="IOException">It can't be deleted.</exception>
    public void Close() => DirectoryTree.Delete(Making);

    private void Write(string directory, ReadOnlySpan<byte> name, string text)
    {
        using var opened = volume.Find(directory) ?? throw new DirectoryNotFoundException($"{directory} is gone");
        opened.WriteFile(name, Encoding.UTF8.GetBytes(text));
    }

    private void Append(string git, string text)
    {
        const int LongestConfig = 1 << 23;
        using var opened = volume.Find(git) ?? throw new DirectoryNotFoundException($"{git} is gone");
        var config = opened.ReadFile("config"u8, LongestConfig) ?? throw new FileNotFoundException($"{git} has no configuration");
        opened.WriteFile("config"u8, [.. config, .. Encoding.UTF8.GetBytes(text)]);
    }

    /// <summary>
    /// As git's configuration has a value or a name in quotes. Neither has control characters: see <see cref="SubmoduleName"/>.
    /// </summary>
    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

using System.Globalization;

namespace CodeRepoOperator.Remotes;

/// <summary>A repository and all that is pushed to its default branch.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class PushedHistory(GitProject project)
{
    // More than the depths that are tested.
    private const int ManyCommits = 12;

    private int _count;
    private Dictionary<string, string[]> _parents = [];

    /// <summary>The branch that HEAD names.</summary>
    public string Branch { get; private set; } = "main";

    /// <summary>Where the branch is.</summary>
    public string Commit { get; private set; } = "";

    /// <summary>Starts with a file that is much larger than any change after it.</summary>
    public static async Task<PushedHistory> StartAsync(GitProject project, string largeFile)
    {
        var history = new PushedHistory(project);
        await File.WriteAllTextAsync(project.Path("large.bin"), largeFile);
        await history.PushAsync(PushKind.Commit);
        return history;
    }

    public async Task PushAsync(PushKind kind)
    {
        _count++;
        await DoAsync(kind);
        await project.GitAsync("push", "-q", "--force", "origin", $"HEAD:refs/heads/{Branch}");
        var commits = (await project.GitAsync("rev-list", "--topo-order", "--parents", "HEAD"))
            .Split('\n')
            .Select(line => line.Split(' '))
            .ToList();
        Commit = commits[0][0];
        _parents = commits.ToDictionary(line => line[0], line => line[1..]);
    }

    /// <summary>The commits that a clone has: those less than <paramref name="depth"/> steps from the branch's; all for 0.</summary>
    /// <returns>For each, how many parents it has.</returns>
    public Dictionary<string, int> Commits(int depth)
    {
        var within = new Dictionary<string, int>();
        IEnumerable<string> step = [Commit];
        for (var steps = 0; (depth == 0 || steps < depth) && step.Any(); steps++)
        {
            step =
            [
                .. step.Distinct().Where(commit => within.TryAdd(commit, _parents[commit].Length)).SelectMany(commit => _parents[commit]),
            ];
        }

        return within;
    }

    /// <summary>How many bytes the repository needs for what one commit has and another has not.</summary>
    public async Task<long> DifferenceAsync(string from, string to) =>
        long.Parse(await project.GitAsync("rev-list", "--objects", "--disk-usage", to, "--not", from), CultureInfo.InvariantCulture);

    private Task DoAsync(PushKind kind) =>
        kind switch
        {
            PushKind.Commit => CommitAsync(),
            PushKind.Rename => RenameAsync(),
            PushKind.MoreCommitsThanAnyDepth => ManyCommitsAsync(),
            PushKind.Nothing => Task.CompletedTask,
            PushKind.Merge => MergeAsync(),
            PushKind.Revert => RevertAsync(),
            PushKind.Mode => ModeAsync(),
            PushKind.AnotherKindOfEntry => EntryAsync(),
            PushKind.Delete => DeleteAsync(),
            PushKind.BackBySomeCommits => BackAsync(1 + (_count % 7)),
            PushKind.Tag => project.GitAsync("push", "-q", "origin", $"HEAD:refs/tags/v{_count}"),
            PushKind.AnOldDate => project.GitAsync("commit", "-q", "--allow-empty", "--date=2001-01-01T00:00:00Z", "-m", "old"),
            PushKind.NoFileChanged => project.GitAsync("commit", "-q", "--allow-empty", "-m", "nothing"),
            PushKind.BranchMadeAgainElsewhere => MadeAgainAsync(),
            PushKind.AnotherDefaultBranch => RenameBranchAsync(),
            PushKind.UnrelatedHistory => UnrelatedAsync(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    private Task CommitAsync() => CommitAsync($"directory/{_count % 5}/file.txt");

    private async Task CommitAsync(string file)
    {
        await File.WriteAllTextAsync(project.Path(file), $"{file}, at {_count}\n");
        await CommitAllAsync();
    }

    private async Task CommitAllAsync()
    {
        await project.GitAsync("add", "-A");
        await project.GitAsync("commit", "-q", "--allow-empty", "-m", $"{_count}");
    }

    private async Task RenameAsync()
    {
        var old = Directory.GetFiles(project.Path("."), "moving-*").FirstOrDefault();
        await File.WriteAllTextAsync(project.Path($"moving-{_count}"), "the same");
        if (old is not null)
        {
            File.Delete(old);
        }

        await CommitAllAsync();
    }

    private async Task ManyCommitsAsync()
    {
        for (var i = 0; i < ManyCommits; i++)
        {
            await project.GitAsync("commit", "-q", "--allow-empty", "-m", $"{_count}: {i}");
        }

        await CommitAsync();
    }

    private async Task MergeAsync()
    {
        var main = await project.GitAsync("rev-parse", "HEAD");
        var back = Math.Min(2, await LengthAsync() - 1);
        await project.GitAsync("checkout", "-q", "--detach", $"HEAD~{back}");
        await CommitAsync($"merged/{_count}.txt");
        await CommitAsync($"merged/{_count}-more.txt");
        await project.GitAsync("merge", "-q", "--no-ff", "-m", "merge", main);
    }

    private async Task RevertAsync()
    {
        await CommitAsync("reverted.txt");
        await project.GitAsync("revert", "--no-edit", "HEAD");
    }

    private async Task ModeAsync()
    {
        var tool = project.Path("tool.sh");
        var isExecutable = File.Exists(tool) && File.GetUnixFileMode(tool).HasFlag(UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(tool, "#!/bin/sh\n");
        File.SetUnixFileMode(tool, (UnixFileMode)(isExecutable ? 0b_110_100_100 : 0b_111_101_101));
        await CommitAllAsync();
    }

    // A file, then a symbolic link, then a directory, then a file.
    private async Task EntryAsync()
    {
        var entry = new FileInfo(project.Path("entry"));
        if (Directory.Exists(entry.FullName) && entry.LinkTarget is null)
        {
            Directory.Delete(entry.FullName, recursive: true);
            await File.WriteAllTextAsync(entry.FullName, "a file\n");
        }
        else if (entry.LinkTarget is not null)
        {
            entry.Delete();
            await File.WriteAllTextAsync(project.Path("entry/inner/file.txt"), "in a directory\n");
        }
        else
        {
            entry.Delete();
            entry.CreateAsSymbolicLink("directory");
        }

        await CommitAllAsync();
    }

    private async Task DeleteAsync()
    {
        if (Directory.Exists(project.Path("gone/deep")) && Directory.GetFiles(project.Path("gone/deep")).Length > 0)
        {
            Directory.Delete(project.Path("gone"), recursive: true);
            await CommitAllAsync();
        }
        else
        {
            await CommitAsync("gone/deep/file.txt");
        }
    }

    private async Task BackAsync(int commits)
    {
        commits = Math.Min(commits, await LengthAsync() - 1);
        await project.GitAsync("reset", "-q", "--hard", $"HEAD~{commits}");
    }

    private async Task MadeAgainAsync()
    {
        await GitCommand.RunAsync(project.Bare, "update-ref", "-d", $"refs/heads/{Branch}");
        await BackAsync(3);
        await CommitAsync();
    }

    private async Task RenameBranchAsync()
    {
        var old = Branch;
        Branch = $"trunk/{_count}";
        await CommitAsync();
        await GitCommand.RunAsync(project.Bare, "symbolic-ref", "HEAD", $"refs/heads/{Branch}");
        await GitCommand.RunAsync(project.Bare, "update-ref", "-d", $"refs/heads/{old}");
    }

    private async Task UnrelatedAsync()
    {
        await project.GitAsync("checkout", "-q", "--orphan", $"orphan-{_count}");
        await CommitAsync();
        await project.GitAsync("checkout", "-q", "--detach");
    }

    // Of the first parents.
    private async Task<int> LengthAsync() =>
        int.Parse(await project.GitAsync("rev-list", "--count", "--first-parent", "HEAD"), CultureInfo.InvariantCulture);
}

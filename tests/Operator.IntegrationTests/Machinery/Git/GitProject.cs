namespace CodeRepoOperator.Machinery.Git;

/// <summary>A bare repository to be served, and a working tree that pushes to it.</summary>
internal sealed class GitProject
{
    private readonly string _work;

    private GitProject(string work, string bare) => (_work, Bare) = (work, bare);

    /// <summary>The bare repository.</summary>
    public string Bare { get; }

    /// <summary>Makes <c>root/name</c>, with nothing in it.</summary>
    public static async Task<GitProject> CreateAsync(string root, string name)
    {
        var bare = System.IO.Path.Combine(root, name);
        await GitCommand.RunAsync("/", "init", "-q", "--bare", "-b", "main", bare);
        var work = bare + ".work";
        await GitCommand.RunAsync("/", "init", "-q", "-b", "main", work);
        await GitCommand.RunAsync(work, "remote", "add", "origin", bare);
        return new GitProject(work, bare);
    }

    /// <summary>The path of a file in the working tree, its directory made.</summary>
    public string Path(string file)
    {
        var path = System.IO.Path.Combine(_work, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Writes a file, commits and pushes; returns the commit.</summary>
    public async Task<string> CommitAsync(string file, string content, string branch = "main")
    {
        await File.WriteAllTextAsync(Path(file), content);
        return await PushAsync(branch);
    }

    /// <summary>Commits all that is in the working tree and pushes it; returns the commit.</summary>
    public async Task<string> PushAsync(string branch = "main")
    {
        await GitAsync("add", "-A");
        await GitAsync("commit", "-q", "--allow-empty", "-m", "change");
        await GitAsync("push", "-q", "--force", "origin", $"HEAD:refs/heads/{branch}");
        return await GitAsync("rev-parse", "HEAD");
    }

    /// <summary>Runs git in the working tree.</summary>
    public Task<string> GitAsync(params string[] arguments) => GitCommand.RunAsync(_work, arguments);
}

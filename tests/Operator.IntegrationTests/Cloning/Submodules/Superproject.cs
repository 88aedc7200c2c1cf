namespace CodeRepoOperator.Cloning.Submodules;

/// <summary>Puts submodules into projects, whether or not their remotes have what is named.</summary>
internal static class Superproject
{
    /// <summary>Adds a submodule, or has another commit of it, and pushes that; returns the commit.</summary>
    public static async Task<string> PinAsync(this GitProject project, string path, string url, string commit, string? name = null)
    {
        await project.GitAsync("config", "-f", ".gitmodules", $"submodule.{name ?? path}.path", path);
        await project.GitAsync("config", "-f", ".gitmodules", $"submodule.{name ?? path}.url", url);
        return await project.PinCommitAsync(path, commit);
    }

    /// <summary>Has a commit at a path, whatever <c>.gitmodules</c> has, and pushes that; returns the commit.</summary>
    public static async Task<string> PinCommitAsync(this GitProject project, string path, string commit)
    {
        Directory.CreateDirectory(project.Path(path));
        await project.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{commit},{path}");
        return await project.PushAsync();
    }

    /// <summary>Clones as users would: with all submodules, and no history.</summary>
    public static Task CloneByGitAsync(string url, string directory) =>
        GitCommand.RunAsync(
            "/",
            "clone",
            "-q",
            "--depth",
            "1",
            "--recurse-submodules",
            "--shallow-submodules",
            "-j8",
            "-b",
            "main",
            url,
            directory
        );
}

namespace CodeRepoOperator.Machinery.Git;

/// <summary>Keeps files of a project by Git LFS.</summary>
internal static class LfsProject
{
    /// <summary>Makes git in its working tree keep files of some names by Git LFS.</summary>
    public static async Task TrackAsync(this GitProject project, LfsTestServer server, string pattern)
    {
        foreach (var (name, value) in server.Settings)
        {
            await project.GitAsync("config", name, value);
        }

        await File.AppendAllTextAsync(project.Path(".gitattributes"), $"{pattern} filter=lfs diff=lfs merge=lfs -text\n");
    }

    /// <summary>Pushes all files that it keeps by Git LFS.</summary>
    public static Task PushFilesAsync(this GitProject project, LfsTestServer server, string repository = "project.git") =>
        server.RunAsync(project.Path("."), TestContext.Current.CancellationToken, "push", "--all", server.UrlWithLoginOf(repository));
}

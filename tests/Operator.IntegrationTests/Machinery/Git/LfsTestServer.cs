using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>The server of Git LFS' own tests, which <c>hack/lfs-server.sh run</c> runs, and the client.</summary>
internal sealed class LfsTestServer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ServerScript _script;
    private readonly string _port;
    private readonly string _client;

    private LfsTestServer(ServerScript script, string port, string client) => (_script, _port, _client) = (script, port, client);

    /// <summary>Those that the server wants for files, though not for git.</summary>
    public static GitCredentials Credentials { get; } = new() { Http = new HttpLogin("user", "pass") };

    /// <summary>Serves the bare repositories in a directory.</summary>
    public static async Task<LfsTestServer> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var assets = await ProcessRunner.RunAsync(
            "bash",
            [Checkout.PathOf("hack/lfs-server.sh"), "assets"],
            new Dictionary<string, string>(),
            "",
            cancellationToken
        );
        _ = assets.OutputOrThrow();
        var script = new ServerScript("the server of Git LFS", "hack/lfs-server.sh", ["run", directory], Deadline);
        var port = await script.StartAsync(Deadline, cancellationToken);
        return new LfsTestServer(script, port, Path.Combine(assets.Output.Trim(), "git-lfs"));
    }

    /// <summary>The URL of a repository.</summary>
    public string UrlOf(string repository) => $"http://127.0.0.1:{_port}/{repository}";

    /// <summary>Makes git in a working tree keep files of some names by Git LFS.</summary>
    public async Task TrackAsync(GitProject project, string pattern)
    {
        foreach (var command in new[] { "clean", "smudge" })
        {
            await project.GitAsync("config", $"filter.lfs.{command}", $"{_client} {command} -- %f");
        }

        await project.GitAsync("config", "filter.lfs.required", "true");

        // It installs some, which would look for it where programs are.
        await project.GitAsync("config", "core.hooksPath", "/dev/null");
        await File.AppendAllTextAsync(project.Path(".gitattributes"), $"{pattern} filter=lfs diff=lfs merge=lfs -text\n");
    }

    /// <summary>Pushes all files that a project keeps by Git LFS.</summary>
    public Task PushAsync(GitProject project, string repository = "project.git") =>
        RunAsync(project.Path("."), "push", "--all", UrlOf(repository).Replace("//", "//user:pass@", StringComparison.Ordinal));

    /// <summary>Runs <c>git lfs</c> in a clone.</summary>
    public async Task<string> RunAsync(string clone, params string[] arguments)
    {
        var outcome = await ProcessRunner.RunAsync(
            "env",
            ["-C", clone, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", _client, .. arguments],
            new Dictionary<string, string>(),
            "",
            TestContext.Current.CancellationToken
        );

        return outcome.OutputOrThrow();
    }

    public ValueTask DisposeAsync() => _script.DisposeAsync();
}

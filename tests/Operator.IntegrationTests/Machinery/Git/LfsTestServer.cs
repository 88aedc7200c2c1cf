using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>The server of Git LFS' own tests, which <c>hack/lfs-server.sh run</c> runs, and the client.</summary>
internal sealed class LfsTestServer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ServerScript _script;
    private readonly string _port;

    private LfsTestServer(ServerScript script, string port, string client) => (_script, _port, Client) = (script, port, client);

    /// <summary>Those that the server wants for files, though not for git.</summary>
    public static GitCredentials Credentials { get; } = new() { Http = new HttpLogin("user", "pass") };

    /// <summary>Path of the program <c>git-lfs</c>.</summary>
    public string Client { get; }

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
        var client = Path.Combine(assets.OutputOrThrow().Trim(), "git-lfs");
        var script = new ServerScript("the server of Git LFS", "hack/lfs-server.sh", ["run", directory], Deadline);
        return new LfsTestServer(script, await script.StartAsync(Deadline, cancellationToken), client);
    }

    /// <summary>The URL of a repository.</summary>
    public string UrlOf(string repository) => $"http://127.0.0.1:{_port}/{repository}";

    /// <summary>The same with the login that the server wants for files.</summary>
    public string UrlWithLoginOf(string repository) => $"http://user:pass@127.0.0.1:{_port}/{repository}";

    /// <summary>The settings by which git keeps files by Git LFS, as options of its command line.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings =>
        [
            ("filter.lfs.clean", $"{Client} clean -- %f"),
            ("filter.lfs.smudge", $"{Client} smudge -- %f"),
            ("filter.lfs.process", $"{Client} filter-process"),
            ("filter.lfs.required", "true"),
            // It installs some, which would look for it where programs are.
            ("core.hooksPath", "/dev/null"),
        ];

    /// <summary>Runs <c>git lfs</c> in a clone.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string> RunAsync(string clone, CancellationToken cancellationToken, params string[] arguments)
    {
        var outcome = await ProcessRunner.RunAsync(
            "env",
            ["-C", clone, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", Client, .. arguments],
            new Dictionary<string, string>(),
            "",
            cancellationToken
        );
        return outcome.OutputOrThrow();
    }

    public ValueTask DisposeAsync() => _script.DisposeAsync();
}

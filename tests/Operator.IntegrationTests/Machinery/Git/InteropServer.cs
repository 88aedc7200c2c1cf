using System.Globalization;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>A git server of tests/interop with a repository, and two that clone from it: git and the engine.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class InteropServer : IAsyncDisposable
{
    // Some are built first, or downloaded.
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort.Next();
    private readonly InteropScript _script;
    private readonly GitEngine _engine = new(new GitOptions { PermittedNetworks = ["127.0.0.0/8"] });
    private ServerProcess? _process;
    private GitProject? _project;
    private GitCredentials _credentials = GitCredentials.Anonymous;
    private int _clones;

    private InteropServer(InteropScript script) => _script = script;

    private string Port => _port.ToString(CultureInfo.InvariantCulture);

    private string Url => _script.Url(_directory.Path, _port);

    // What servers over HTTPS are to be trusted by.
    private string Authority => Path.Combine(_directory.Path, "authority.pem");

    /// <summary>Starts it, with a repository of twelve commits.</summary>
    /// <param name="script">Which.</param>
    /// <param name="version">Of git's protocol.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static async Task<InteropServer> StartAsync(InteropScript script, int version, CancellationToken cancellationToken)
    {
        var server = new InteropServer(script);
        await server.StartAsync(version, cancellationToken);
        return server;
    }

    /// <summary>Pushes a commit.</summary>
    public Task PushAsync() => _project!.CommitAsync("a.txt", Guid.NewGuid().ToString());

    /// <summary>Has git clone.</summary>
    /// <returns>Why it could not; null: it could.</returns>
    public async Task<string?> GitCloneAsync(int depth, CancellationToken cancellationToken)
    {
        string[] shallow = depth == 0 ? [] : ["--depth", depth.ToString(CultureInfo.InvariantCulture)];
        var ssh = $"ssh -q -i {_directory.Path}/client -o IdentitiesOnly=yes -o UserKnownHostsFile={_directory.Path}/known_hosts";
        string[] login = _script.Login is [var user, var password]
            ? ["-c", $"credential.helper=!printf 'username={user}\\npassword={password}\\n' #"]
            : [];
        var environment = new Dictionary<string, string>
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
        };
        if (File.Exists(Authority))
        {
            environment["GIT_SSL_CAINFO"] = Authority;
        }

        var cloned = await ProcessRunner.RunAsync(
            "git",
            [.. login, "-c", $"core.sshCommand={ssh}", "clone", "-q", "--single-branch", .. shallow, Url, NewDirectory()],
            environment,
            "",
            cancellationToken
        );
        return cloned.ExitCode == 0 ? null : cloned.Error;
    }

    /// <summary>Has the engine ask for the branch.</summary>
    public Task<Attempt<RemoteHead>> PollAsync(CancellationToken cancellationToken) =>
        _engine.Remote.PollAsync(GitUrl.Parse(Url).Value!, new Revision.Head(), _credentials, cancellationToken);

    /// <summary>Has the engine clone, and holds the clone to the repository.</summary>
    /// <param name="depth">How many commits; 0: all.</param>
    /// <param name="older">A clone to update from; null: none.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <returns>Where the clone is, or why there is none.</returns>
    public async Task<(string Directory, string? Failure)> CloneAsync(int depth, string? older, CancellationToken cancellationToken)
    {
        var directory = NewDirectory();
        var head = await PollAsync(cancellationToken);
        if (!head.Succeeded)
        {
            return (directory, head.Failure.Message);
        }

        var order = new CloneOrder(GitUrl.Parse(Url).Value!, head.Value, depth, directory) { SeedFrom = older, Credentials = _credentials };
        var tree = await _engine.Remote.CloneAsync(order, cancellationToken);
        if (!tree.Succeeded)
        {
            return (directory, tree.Failure.Message);
        }

        await ClonedTree.SoundAsync(directory, await GitCommand.RunAsync(_project!.Bare, "rev-parse", "main"));
        var commits = int.Parse(await GitCommand.RunAsync(_project.Bare, "rev-list", "--count", "main"), CultureInfo.InvariantCulture);
        var expected = depth == 0 || older is not null ? commits : Math.Min(depth, commits);
        var found = int.Parse(await GitCommand.RunAsync(directory, "rev-list", "--count", "HEAD"), CultureInfo.InvariantCulture);
        return (directory, older is null && found != expected ? $"{found} commits came, and not {expected}" : null);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _engine.Dispose();
        _directory.Dispose();
    }

    private async Task StartAsync(int version, CancellationToken cancellationToken)
    {
        // Some run as somebody else.
        File.SetUnixFileMode(_directory.Path, File.GetUnixFileMode(_directory.Path) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        _project = await GitProject.CreateAsync(_directory.New("served"), "project.git");
        for (var commit = 1; commit <= 12; commit++)
        {
            await _project.GitAsync("commit", "-q", "--allow-empty", "-m", $"{commit}");
        }

        await PushAsync();
        var key = await SshKeyFile.MakeAsync(
            Path.Combine(_directory.Path, "client"),
            _script.KeyKind,
            passphrase: null,
            form: null,
            cancellationToken
        );
        string[] command =
        [
            "env",
            $"GIT_SERVER={Path.Combine(AppContext.BaseDirectory, "git-server")}",
            "bash",
            _script.Path,
            _directory.Path,
            Port,
            version.ToString(CultureInfo.InvariantCulture),
        ];
        _process = await ServerProcess.StartAsync(command, _port, cancellationToken, StartDeadline);
        _credentials = new GitCredentials
        {
            Http = _script.Login is [var user, var password] ? new HttpLogin(user, password) : null,
            Ssh = _script.IsSsh ? new SshIdentity(key.Text, Passphrase: null, await HostKeysAsync(cancellationToken)) : null,
            Authorities = File.Exists(Authority) ? await File.ReadAllTextAsync(Authority, cancellationToken) : null,
        };
    }

    private async Task<string> HostKeysAsync(CancellationToken cancellationToken)
    {
        var keys = await ProcessRunner.RunAsync(
            "ssh-keyscan",
            ["-p", Port, "127.0.0.1"],
            new Dictionary<string, string>(),
            "",
            cancellationToken
        );
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "known_hosts"), keys.Output, cancellationToken);
        return keys.Output;
    }

    private string NewDirectory() => _directory.New($"clone-{Interlocked.Increment(ref _clones)}");
}

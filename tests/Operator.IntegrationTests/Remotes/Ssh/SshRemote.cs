using System.Globalization;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>A real sshd with real git behind it, and the engine set up to reach it.</summary>
public sealed class SshRemote : IAsyncLifetime
{
    /// <summary>Lets GIT_PROTOCOL through: protocol version 2.</summary>
    internal const string Version2 = "version 2";

    /// <summary>Does not, as sshd unless it is set to: version 0.</summary>
    internal const string Version0 = "version 0";

    /// <summary>Says nothing once one is logged in.</summary>
    internal const string Silent = "silent";

    /// <summary>Stops in the middle of a pack, and keeps the connection.</summary>
    internal const string StopsInPack = "stops in the pack";

    /// <summary>Says on the standard error that there is no such repository, as GitHub does.</summary>
    internal const string GitHub = "GitHub";

    /// <summary>The repository that is asked for if no other is.</summary>
    internal const string Project = "project.git";

    internal static readonly string[] Kinds = ["ed25519", "ecdsa", "rsa"];

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, SshKeyFile> _keys = new(StringComparer.Ordinal);
    private readonly List<SshKeyFile> _hostKeys = [];
    private readonly GitEngine _engine = new(Settings);
    private SshServer? _server;
    private int _directories;

    public SshRemote() => Root = _directory.New("served");

    internal static GitOptions Settings { get; } = new() { PermittedNetworks = ["127.0.0.0/8"], ConnectTimeout = TimeSpan.FromSeconds(30) };

    internal GitRemote Remote => _engine.Remote;

    internal RecordingLogger<WorkerProcess> WorkerLog => _engine.WorkerLog;

    /// <summary>The directory with the served repositories.</summary>
    internal string Root { get; }

    internal SshServer Server => _server ?? throw new InvalidOperationException("not started");

    /// <summary>Lines of known_hosts for all ports, with all the server's keys.</summary>
    internal string KnownHosts => string.Concat(Server.Ports.Values.SelectMany(port => _hostKeys.Select(key => Line(port, key.Public))));

    /// <summary>The server's own keys, by kind.</summary>
    internal SshKeyFile HostKey(string kind) => _hostKeys[Array.IndexOf(Kinds, kind)];

    /// <summary>A key that may log in, or the one that may not: <c>stranger</c>.</summary>
    /// <param name="name">The kind, then the form if it is not OpenSSH's, then <c>encrypted</c> if it is.</param>
    internal SshKeyFile Key(string name) => _keys[name];

    internal static string Line(int port, string key) => string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{port} {key}\n");

    internal GitUrl Url(string port = Version2, string name = Project) =>
        GitUrl
            .Parse(string.Create(CultureInfo.InvariantCulture, $"ssh://{Environment.UserName}@127.0.0.1:{Server.Ports[port]}{Root}/{name}"))
            .Value!;

    internal GitCredentials Credentials(string key = "ed25519", string? knownHosts = null) =>
        new() { Ssh = new SshIdentity(Key(key).Text, Key(key).Passphrase, knownHosts ?? KnownHosts) };

    internal string NewDirectory() => _directory.New($"clone-{Interlocked.Increment(ref _directories)}");

    internal Task<GitProject> ProjectAsync(string name) => GitProject.CreateAsync(Root, name);

    internal Task<Attempt<RemoteHead>> PollAsync(
        GitUrl url,
        GitCredentials? credentials = null,
        string? branch = null,
        CancellationToken? token = null
    ) =>
        Remote.PollAsync(
            url,
            branch is null ? new Revision.Head() : new Revision.Branch(BranchName.Parse(branch).Value!),
            credentials ?? Credentials(),
            token ?? TestContext.Current.CancellationToken
        );

    internal Task<Attempt<FetchedTree>> CloneAsync(
        GitUrl url,
        string directory,
        int depth = 1,
        string? seed = null,
        GitCredentials? credentials = null,
        CancellationToken? token = null
    ) =>
        Remote.CloneAsync(
            new CloneOrder(url, new RemoteHead("main", ""), depth, directory)
            {
                SeedFrom = seed,
                Credentials = credentials ?? Credentials(),
            },
            token ?? TestContext.Current.CancellationToken
        );

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        var keys = _directory.New("keys");
        foreach (var kind in Kinds)
        {
            _hostKeys.Add(await MakeAsync($"host-{kind}", kind));
            _keys[kind] = await MakeAsync(kind, kind);
            _keys[$"{kind} encrypted"] = await MakeAsync($"{kind}-encrypted", kind, "correct horse");
        }

        foreach (var (kind, form) in new[] { ("ecdsa", "PEM"), ("rsa", "PEM"), ("ecdsa", "PKCS8"), ("rsa", "PKCS8") })
        {
            _keys[$"{kind} {form} encrypted"] = await MakeAsync($"{kind}-{form}", kind, "correct horse", form);
        }

        var authorized = Path.Combine(keys, "authorized");
        await File.WriteAllLinesAsync(authorized, _keys.Values.Select(key => key.Public));
        _keys["stranger"] = await MakeAsync("stranger", "ed25519");
        _server = await SshServer.StartAsync(
            [
                new SshPort(Version2, "AcceptEnv GIT_PROTOCOL", $"SetEnv GIT_TRACE_PACKET={Trace(Version2)}"),
                new SshPort(Version0, $"SetEnv GIT_TRACE_PACKET={Trace(Version0)}"),
                new SshPort(Silent, "ForceCommand cat >/dev/null"),
                new SshPort(
                    StopsInPack,
                    "AcceptEnv GIT_PROTOCOL",
                    "ForceCommand sh -c \"$SSH_ORIGINAL_COMMAND\" | { dd bs=1 count=5000 2>/dev/null; cat >/dev/null; }"
                ),
                new SshPort(GitHub, "ForceCommand echo 'ERROR: Repository not found.' >&2; exit 1"),
            ],
            [.. _hostKeys.Select(key => key.Path)],
            authorized,
            CancellationToken.None
        );

        Task<SshKeyFile> MakeAsync(string name, string kind, string? passphrase = null, string? form = null) =>
            SshKeyFile.MakeAsync(Path.Combine(keys, name), kind, passphrase, form, CancellationToken.None);
    }

    /// <summary>What git traced of the packets of a port.</summary>
    internal string Trace(string port) => Path.Combine(_directory.Path, port.Replace(' ', '-') + ".trace");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _engine.Dispose();
        _directory.Dispose();
    }
}

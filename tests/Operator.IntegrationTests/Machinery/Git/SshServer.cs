using System.Globalization;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>
/// Debian's sshd on loopback, as whoever runs the tests, with keys and settings of its own. It behaves by the port that it is
/// connected to, and ends with this process.
/// </summary>
internal sealed class SshServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/sshd";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _settings;
    private ServerProcess? _process;

    private SshServer(
        IReadOnlyList<SshPort> ports,
        IReadOnlyList<string> hostKeys,
        string authorizedKeys,
        IReadOnlyList<string> settingsOfAll
    )
    {
        Ports = ports.ToDictionary(port => port.Name, _ => FreePort.Next());
        _settings = Path.Combine(_directory.Path, "sshd_config");
        LogFile = Path.Combine(_directory.Path, "log");
        File.WriteAllLines(
            _settings,
            [
                .. Ports.Values.Select(port => string.Create(CultureInfo.InvariantCulture, $"Port {port}")),
                "ListenAddress 127.0.0.1",
                .. hostKeys.Select(key => $"HostKey {key}"),
                $"AuthorizedKeysFile {authorizedKeys}",
                "StrictModes no",
                "UsePAM no",
                "PidFile none",
                "PasswordAuthentication no",
                "PermitRootLogin prohibit-password",
                "MaxStartups 200",
                .. settingsOfAll,
                .. ports.SelectMany(port =>
                    SettingsOf(port).Prepend(string.Create(CultureInfo.InvariantCulture, $"Match LocalPort {Ports[port.Name]}"))
                ),
            ]
        );
        if (Environment.IsPrivilegedProcess)
        {
            // Where sshd puts its unprivileged half; usually the system's start makes it.
            Directory.CreateDirectory("/run/sshd");
        }
    }

    /// <summary>The ports by the names of their behaviours.</summary>
    public IReadOnlyDictionary<string, int> Ports { get; }

    /// <summary>What sshd says.</summary>
    public string LogFile { get; }

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="ports">How it is to behave.</param>
    /// <param name="hostKeys">Paths of its private keys.</param>
    /// <param name="authorizedKeys">Path of the file with the public keys that may log in.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="settingsOfAll">Lines of sshd_config that are for no single port, such as its algorithms.</param>
    public static async Task<SshServer> StartAsync(
        IReadOnlyList<SshPort> ports,
        IReadOnlyList<string> hostKeys,
        string authorizedKeys,
        CancellationToken cancellationToken,
        params IReadOnlyList<string> settingsOfAll
    )
    {
        var server = new SshServer(ports, hostKeys, authorizedKeys, settingsOfAll);
        server._process = await ServerProcess.StartAsync(
            [Program, "-D", "-e", "-f", server._settings, "-E", server.LogFile],
            server.Ports.Values.Last(),
            cancellationToken
        );
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }

    /// <summary>
    /// A port's settings, with an empty home: bash reads the profile of whoever runs the tests for each command of sshd's, which may
    /// take longer than git does. sshd heeds one SetEnv only.
    /// </summary>
    private IEnumerable<string> SettingsOf(SshPort port)
    {
        const string SetEnv = "SetEnv";
        var variables = port.Settings.Where(line => line.StartsWith(SetEnv, StringComparison.Ordinal)).ToList();
        return port
            .Settings.Except(variables)
            .Append(string.Join(' ', [SetEnv, $"HOME={_directory.Path}", .. variables.Select(line => line[SetEnv.Length..].Trim())]));
    }
}

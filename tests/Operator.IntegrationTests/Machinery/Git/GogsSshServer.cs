using System.Globalization;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>
/// An SSH server that responds as the one of Gogs does: it runs what it is set to, and never responds a request for a variable of the
/// environment. Built on Debian's paramiko; git and joe@example.com may log in, with any key.
/// </summary>
internal sealed class GogsSshServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private GogsSshServer(ServerProcess process, int port) => (_process, Port) = (process, port);

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <param name="hostKey">Path of its private key, an ECDSA one.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static async Task<GogsSshServer> StartAsync(string hostKey, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        string[] command =
        [
            "/usr/bin/python3",
            Checkout.PathOf("tests/interop/suite/paramiko_sshd.py"),
            hostKey,
            port.ToString(CultureInfo.InvariantCulture),
            "--ignore-variables",
        ];
        return new GogsSshServer(await ServerProcess.StartAsync(command, port, cancellationToken), port);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery.Database;

/// <summary>Debian's PgBouncer in transaction mode, or another, before a PostgreSQL on loopback; it ends with this process.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    /// <summary>As <c>hack/postgres.sh</c> has it: a user who owns nothing, for PgBouncer refuses to run as root.</summary>
    private static readonly string[] Unprivileged = Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig", "TERM"]
        : [];

    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;

    private PgBouncer(int target, int poolSize, string mode)
    {
        Port = FreePort.Next();
        var (users, settings) = (Path.Combine(_directory.Path, "users.txt"), Path.Combine(_directory.Path, "pgbouncer.ini"));
        File.WriteAllText(users, "\"postgres\" \"postgres\"\n");
        File.WriteAllText(
            settings,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                * = host=127.0.0.1 port={target}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {Port}
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = {users}
                pool_mode = {mode}
                default_pool_size = {poolSize}
                server_reset_query =
                """
            )
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                _directory.Path,
                UnixFileMode.UserRead
                    | UnixFileMode.UserWrite
                    | UnixFileMode.UserExecute
                    | UnixFileMode.OtherRead
                    | UnixFileMode.OtherExecute
            );
        }
        string[] command = [.. Unprivileged, "/usr/sbin/pgbouncer", "--quiet", settings];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false })!;
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="target">The server's port.</param>
    /// <param name="poolSize">How many connections to the server all clients of a database share.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="mode">When a client gives its connection to the server back.</param>
    public static async Task<PgBouncer> StartAsync(
        int target,
        int poolSize,
        CancellationToken cancellationToken,
        string mode = "transaction"
    )
    {
        var bouncer = new PgBouncer(target, poolSize, mode);
        await Eventually.HoldsAsync("PgBouncer listens", bouncer.ListensAsync, TimeSpan.FromSeconds(20), cancellationToken);
        return bouncer;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        return true;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery;

/// <summary>A server in Debian's Python, on loopback. It ends with its standard input, which the end of this process closes.</summary>
internal sealed class PythonServer : IAsyncDisposable
{
    private readonly Process _process;

    private PythonServer(string script, string path) => _process = Process.Start(
        new ProcessStartInfo("/usr/bin/python3", ["-c", script, path, Port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true, UseShellExecute = false })!;

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="script">Takes a path and its port as arguments.</param>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static async Task<PythonServer> StartAsync(string script, string path, CancellationToken cancellationToken)
    {
        var server = new PythonServer(script, path);
        await Eventually.HoldsAsync("it listens", server.ListensAsync, TimeSpan.FromSeconds(30), cancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        return true;
    }
}

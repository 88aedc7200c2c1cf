using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery.Processes;

/// <summary>A program that listens on loopback. It ends with its standard input, which the end of this process closes.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string EndWithInput = "\"$@\" & read -r _; kill $!; wait $!";

    private static readonly TimeSpan UsualDeadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private ServerProcess(string[] command) =>
        _process = Process.Start(
            new ProcessStartInfo("bash", ["-c", EndWithInput, command[0], .. command])
            {
                RedirectStandardInput = true,
                UseShellExecute = false,
            }
        )!;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="port">Where it is to listen, on 127.0.0.1.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <param name="deadline">How long it may take. Default: 60 s.</param>
    public static async Task<ServerProcess> StartAsync(
        string[] command,
        int port,
        CancellationToken cancellationToken,
        TimeSpan? deadline = null
    )
    {
        var server = new ServerProcess(command);
        try
        {
            await Eventually.HoldsAsync(
                $"{string.Join(' ', command)} listens",
                token => ListensAsync(port, token),
                deadline ?? UsualDeadline,
                cancellationToken
            );
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        return true;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CodeRepoOperator.Cloning.Remotes;

namespace CodeRepoOperator.Machinery;

/// <summary>Debian's dulwich, a git in Python, serving bare repositories over HTTP on loopback. It ends with this process.</summary>
internal sealed class DulwichServer : IAsyncDisposable
{
    private const string Script = """
        import os, sys, threading
        from wsgiref.simple_server import make_server
        from dulwich.repo import Repo
        from dulwich.server import Backend
        from dulwich.web import WSGIRequestHandlerLogger, WSGIServerLogger, make_wsgi_chain

        class Folder(Backend):
            def open_repository(self, path):
                return Repo(os.path.join(sys.argv[1], path.strip("/")))

        server = make_server("127.0.0.1", int(sys.argv[2]), make_wsgi_chain(Folder()), handler_class=WSGIRequestHandlerLogger, server_class=WSGIServerLogger)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        """;

    private readonly Process _process;
    private readonly int _port = FreePort.Next();

    private DulwichServer(string root) => _process = Process.Start(
        new ProcessStartInfo("/usr/bin/python3", ["-c", Script, root, _port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true, UseShellExecute = false })!;

    /// <summary>Starts one and waits until it listens.</summary>
    public static async Task<DulwichServer> StartAsync(string root, CancellationToken cancellationToken)
    {
        var server = new DulwichServer(root);
        await Eventually.HoldsAsync("dulwich listens", server.ListensAsync, TimeSpan.FromSeconds(30), cancellationToken);
        return server;
    }

    /// <summary>The URL of a repository.</summary>
    public GitUrl Url(string repository) => GitUrl.Parse(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/{repository}")).Value!;

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
        return true;
    }
}

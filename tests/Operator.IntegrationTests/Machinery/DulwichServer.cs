namespace CodeRepoOperator.Machinery;

/// <summary>Debian's dulwich, a git in Python, serving bare repositories over HTTP.</summary>
internal static class DulwichServer
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

    /// <summary>Starts one.</summary>
    /// <param name="root">The folder with the repositories.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static Task<PythonServer> StartAsync(string root, CancellationToken cancellationToken) => PythonServer.StartAsync(Script, root, cancellationToken);
}

namespace CodeRepoOperator.Machinery;

/// <summary>
/// An SSH server that answers as the one of Gogs does: it runs what it is told to, and never answers a request for a variable of the
/// environment. Built on Debian's paramiko; git and joe@example.com may log in, with any key.
/// </summary>
internal static class GogsSshServer
{
    private const string Script = """
        import logging, socket, subprocess, sys, threading
        import paramiko

        logging.getLogger("paramiko").addHandler(logging.NullHandler())

        answering = paramiko.Channel._handle_request
        def handle(self, message):
            begin = message.packet.tell()
            asked = message.get_text()
            message.packet.seek(begin)
            if asked != "env":
                answering(self, message)
        paramiko.Transport._channel_handler_table[paramiko.common.MSG_CHANNEL_REQUEST] = handle

        class Server(paramiko.ServerInterface):
            def check_auth_publickey(self, username, key):
                return paramiko.AUTH_SUCCESSFUL if username in ("git", "joe@example.com") else paramiko.AUTH_FAILED
            def get_allowed_auths(self, username):
                return "publickey"
            def check_channel_request(self, kind, chanid):
                return paramiko.OPEN_SUCCEEDED
            def check_channel_exec_request(self, channel, command):
                threading.Thread(target=run, args=(channel, command.decode()), daemon=True).start()
                return True

        def run(channel, command):
            process = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            def feed():
                while data := channel.recv(65536):
                    process.stdin.write(data)
                    process.stdin.flush()
                process.stdin.close()
            threading.Thread(target=feed, daemon=True).start()
            while data := process.stdout.read1(65536):
                channel.sendall(data)
            channel.send_exit_status(process.wait())
            channel.close()

        def serve(client, key):
            transport = paramiko.Transport(client)
            transport.add_server_key(key)
            try:
                transport.start_server(server=Server())
            except (paramiko.SSHException, EOFError, OSError):
                pass  # Whoever looked whether it listens.

        def accept(listener, key):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0], key), daemon=True).start()

        listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
        threading.Thread(target=accept, args=(listener, paramiko.ECDSAKey.from_private_key_file(sys.argv[1])), daemon=True).start()
        sys.stdin.read()
        """;

    /// <summary>Starts one.</summary>
    /// <param name="hostKey">Path of its private key, an ECDSA one.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static Task<PythonServer> StartAsync(string hostKey, CancellationToken cancellationToken) => PythonServer.StartAsync(Script, hostKey, cancellationToken);
}

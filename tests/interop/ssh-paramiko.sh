# server: paramiko 2.12
# packages: python3-paramiko
# url: ssh://git@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 0
set -eu
ssh-keygen -q -t ecdsa -m PEM -N '' -f "$1/host"
exec /usr/bin/python3 - "$1/host" "$2" <<'SCRIPT'
import socket, subprocess, sys, threading
import paramiko

class Server(paramiko.ServerInterface):
    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL
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

listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
key = paramiko.ECDSAKey.from_private_key_file(sys.argv[1])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0], key), daemon=True).start()
SCRIPT

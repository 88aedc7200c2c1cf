# An SSH server that runs what it is told to: paramiko_sshd.py HOSTKEY PORT [--ignore-variables]. git and joe@example.com may log in, with any key.
import logging, socket, subprocess, sys, threading
import paramiko

logging.getLogger("paramiko").addHandler(logging.NullHandler())

# As the server of Gogs does: a request for a variable of the environment gets no answer at all.
if "--ignore-variables" in sys.argv:
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

listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
key = paramiko.ECDSAKey.from_private_key_file(sys.argv[1])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0], key), daemon=True).start()

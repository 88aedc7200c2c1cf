# server: asyncssh 2.10
# packages: python3-asyncssh
# url: ssh://git@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 2
set -eu
ssh-keygen -q -t ed25519 -N '' -f "$1/host"
exec /usr/bin/python3 -W ignore - "$1" "$2" <<'SCRIPT'
import asyncio, asyncssh, os, sys

async def handle(process):
    environment = {**os.environ, **{name: process.env[name] for name in ("GIT_PROTOCOL",) if name in process.env}}
    child = await asyncio.create_subprocess_shell(
        process.command, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
    process.exit(await child.wait())

async def main():
    folder = sys.argv[1]
    await asyncssh.listen(
        "127.0.0.1", int(sys.argv[2]), server_host_keys=[folder + "/host"], authorized_client_keys=folder + "/client.pub", process_factory=handle, encoding=None)
    await asyncio.Event().wait()

asyncio.run(main())
SCRIPT

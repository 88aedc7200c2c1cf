# An SSH server that runs what it is told to: asyncssh_sshd.py FOLDER PORT VERSION [USER], where FOLDER has its key and the public key that logs in, host
# and client.pub, as the USER if there is one. GIT_PROTOCOL is taken for VERSION 2 only.
import asyncio, asyncssh, os, sys

directory, port, version, *user = sys.argv[1:]
taken = ["GIT_PROTOCOL"] if version == "2" else []

async def handle(process):
    if user and process.get_extra_info("username") not in user:
        return process.exit(1)
    environment = {**os.environ, **{name: process.env[name] for name in taken if name in process.env}}
    child = await asyncio.create_subprocess_shell(
        process.command, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
    process.exit(await child.wait())

async def main():
    await asyncssh.listen(
        "127.0.0.1", int(port), server_host_keys=[directory + "/host"], authorized_client_keys=directory + "/client.pub", process_factory=handle, encoding=None)
    await asyncio.Event().wait()

asyncio.run(main())

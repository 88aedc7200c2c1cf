# server: asyncssh 2.10
# packages: python3-asyncssh
# url: ssh://git@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 2 0
set -eu
ssh-keygen -q -t ed25519 -N '' -f "$1/host"
exec /usr/bin/python3 -W ignore "$(dirname "$0")/suite/asyncssh_sshd.py" "$@"

# server: Gogs, imitated
# packages: python3-paramiko
# url: ssh://git@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 0
# imitates: its SSH server never answers a request for a variable of the environment.
# https://github.com/gogs/gogs/blob/main/internal/ssh/ssh.go
set -eu
ssh-keygen -q -t ecdsa -m PEM -N '' -f "$1/host"
exec /usr/bin/python3 "$(dirname "$0")/suite/paramiko_sshd.py" "$1/host" "$2" --ignore-variables

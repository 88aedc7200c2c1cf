# server: paramiko 2.12
# packages: python3-paramiko
# url: ssh://git@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 0
set -eu
ssh-keygen -q -t ecdsa -m PEM -N '' -f "$1/host"
exec /usr/bin/python3 "$(dirname "$0")/suite/paramiko_sshd.py" "$1/host" "$2"

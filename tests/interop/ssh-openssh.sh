# server: OpenSSH 9.2
# packages: openssh-server
# url: ssh://USER@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 2 0
exec bash "$(dirname "$0")/suite/sshd.sh" "$@" "$1/client.pub" "$1"

# server: libssh 0.10
# packages: libssh-dev gcc libc6-dev
# url: ssh://git@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 2 0
set -eu
gcc -Wall -Wextra -O1 -o "$1/sshd" "$(dirname "$0")/suite/libssh_sshd.c" -lssh
ssh-keygen -q -t ed25519 -N '' -f "$1/host"
exec "$1/sshd" "$1/host" "$2" "$1/client.pub" "$3"

# server: tinysshd 20230101
# packages: tinysshd systemd
# url: ssh://USER@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 0
# It reads the keys of a home directory only, so another one is mounted in its place, for it alone.
set -eu
mkdir -p "$1/home/.ssh"
cp "$1/client.pub" "$1/home/.ssh/authorized_keys"
chmod -R go= "$1/home"
/usr/sbin/tinysshd-makekey -q "$1/host"
exec unshare --mount sh -c 'mount --bind "$1/home" "$HOME" && exec systemd-socket-activate --accept --inetd --listen="127.0.0.1:$2" /usr/sbin/tinysshd "$1/host"' tinysshd "$1" "$2" 2>/dev/null

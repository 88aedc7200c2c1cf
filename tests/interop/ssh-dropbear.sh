# server: dropbear 2022.83
# packages: dropbear-bin
# url: ssh://USER@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 0
# It reads the keys of a home directory only, so another one is mounted in its place, for it alone.
set -eu
mkdir -p "$1/home/.ssh"
cp "$1/client.pub" "$1/home/.ssh/authorized_keys"
chmod -R go= "$1/home"
dropbearkey -t ed25519 -f "$1/host" >/dev/null 2>&1
exec unshare --mount sh -c 'mount --bind "$1/home" "$HOME" && exec /usr/sbin/dropbear -F -E -s -r "$1/host" -p "127.0.0.1:$2" -P "$1/pid"' dropbear "$1" "$2"

# OpenSSH: sshd.sh FOLDER PORT VERSION KEYS HOME, where KEYS is the file of the keys that log in, and HOME their home.
set -eu
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$1/host"
exec /usr/sbin/sshd -D -e -f /dev/null -o "Port=$2" -o ListenAddress=127.0.0.1 -o "HostKey=$1/host" -o "AuthorizedKeysFile=$4" -o StrictModes=no \
  -o UsePAM=no -o PidFile=none -o PermitRootLogin=prohibit-password -o "AcceptEnv=$([ "$3" = 2 ] && echo GIT_PROTOCOL || echo NONE)" -o "SetEnv=HOME=$5"

# server: gitolite 3.6 on OpenSSH
# packages: gitolite3 openssh-server
# url: ssh://USER@127.0.0.1:PORT/project
# versions: 2 0
set -eu
export HOME=$1/home
log=$1/gitolite.log
set_up() { gitolite setup "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
mkdir "$HOME"
set_up --pubkey "$1/client.pub"
ln -s "$1/served/project.git" "$HOME/repositories/project.git"
printf 'repo project\n  R = client\n' >>"$HOME/.gitolite/conf/gitolite.conf"
# Nobody reads a repository whose update hook is not gitolite's ("DENIED by fallthru"): this links it. What the hook decides on are pushes, and those go past
# gitolite here.
set_up
printf '#!/bin/sh\n' >"$HOME/.gitolite/hooks/common/update"
exec bash "$(dirname "$0")/suite/sshd.sh" "$@" "$HOME/.ssh/authorized_keys" "$HOME"

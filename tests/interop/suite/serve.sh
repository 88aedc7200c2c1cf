# Serves by the git of another Debian suite, over HTTP by lighttpd: serve.sh SUITE FOLDER PORT VERSION. For root, who may change into its root.
set -eu
suite=$(dirname "$0")
root=$(bash "$suite/unpack.sh" "$1")
shift
cat >"$1/git" <<CGI
#!/bin/sh
[ -z "\${HTTP_GIT_PROTOCOL:-}" ] || export GIT_PROTOCOL="\$HTTP_GIT_PROTOCOL"
exec chroot "$root" /usr/lib/git-core/git-http-backend
CGI
chmod +x "$1/git"
exec unshare --mount sh -c 'mount --bind "$1/served" "$5/srv" && mount --bind /dev "$5/dev" && exec bash "$4/lighttpd.sh" "$1" "$2" "$3" "$1/git" /srv' \
  serve "$1" "$2" "$3" "$suite" "$root"

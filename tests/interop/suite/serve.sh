# Serves by the git of another Debian suite, over HTTP by lighttpd: serve.sh SUITE FOLDER PORT VERSION. For root, who may change into its root.
set -eu
root=$(bash "$(dirname "$0")/unpack.sh" "$1")
shift
cat >"$1/git" <<CGI
#!/bin/sh
[ -z "\${HTTP_GIT_PROTOCOL:-}" ] || export GIT_PROTOCOL="\$HTTP_GIT_PROTOCOL"
exec chroot "$root" /usr/lib/git-core/git-http-backend
CGI
chmod +x "$1/git"
cat >"$1/lighttpd.conf" <<CONF
server.bind = "127.0.0.1"
server.port = $2
server.document-root = "$1/served"
server.errorlog = "$1/lighttpd.log"
server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
alias.url = ("/git" => "$1/git")
cgi.assign = ("" => "")
setenv.set-environment = (
  "GIT_PROJECT_ROOT" => "/srv", "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_COUNT" => "1", "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*"
)
$([ "$3" = 2 ] || echo 'setenv.set-request-header = ("Git-Protocol" => "")')
CONF
exec unshare --mount sh -c 'mount --bind "$1/served" "$2/srv" && mount --bind /dev "$2/dev" && exec /usr/sbin/lighttpd -D -f "$1/lighttpd.conf"' serve "$1" "$root"

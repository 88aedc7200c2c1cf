# lighttpd with a program that speaks CGI at /git: lighttpd.sh FOLDER PORT VERSION PROGRAM ROOT, where ROOT is what the program finds the repositories in.
set -eu
cat >"$1/lighttpd.conf" <<CONF
server.bind = "127.0.0.1"
server.port = $2
server.document-root = "$1/served"
server.errorlog = "$1/lighttpd.log"
server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
alias.url = ("/git" => "$4")
cgi.assign = ("" => "")
setenv.set-environment = (
  "GIT_PROJECT_ROOT" => "$5", "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_COUNT" => "1", "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*"
)
$([ "$3" = 2 ] || echo 'setenv.set-request-header = ("Git-Protocol" => "")')
CONF
exec /usr/sbin/lighttpd -D -f "$1/lighttpd.conf"

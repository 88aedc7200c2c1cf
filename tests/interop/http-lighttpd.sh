# server: lighttpd 1.4, git http-backend
# packages: lighttpd
# url: http://127.0.0.1:PORT/git/project.git
# versions: 2 0
set -eu
cd "$1"
cat >lighttpd.conf <<CONF
server.bind = "127.0.0.1"
server.port = $2
server.document-root = "$1/served"
server.errorlog = "$1/lighttpd.log"
server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
alias.url = ("/git" => "/usr/lib/git-core/git-http-backend")
cgi.assign = ("" => "")
setenv.set-environment = ("GIT_PROJECT_ROOT" => "$1/served", "GIT_HTTP_EXPORT_ALL" => "1")
$([ "$3" = 2 ] || echo 'setenv.set-request-header = ("Git-Protocol" => "")')
CONF
exec /usr/sbin/lighttpd -D -f "$1/lighttpd.conf"

# server: lighttpd 1.4, git http-backend
# packages: lighttpd
# url: http://127.0.0.1:PORT/git/project.git
# versions: 2 0
exec bash "$(dirname "$0")/suite/lighttpd.sh" "$@" /usr/lib/git-core/git-http-backend "$1/served"

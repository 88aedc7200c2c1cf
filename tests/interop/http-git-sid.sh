# server: git of Debian unstable, lighttpd
# packages: lighttpd
# url: http://127.0.0.1:PORT/git/project.git
# versions: 2 0
exec bash "$(dirname "$0")/suite/serve.sh" sid "$@"

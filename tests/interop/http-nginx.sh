# server: nginx 1.22, fcgiwrap, git http-backend
# packages: nginx-light fcgiwrap
# url: http://127.0.0.1:PORT/project.git
# versions: 2 0
exec bash "$(dirname "$0")/suite/nginx.sh" "$1" "$3" "server { listen 127.0.0.1:$2; location / { \$git } }"

# server: nginx 1.22, which redirects to HTTPS
# packages: nginx-light fcgiwrap openssl
# url: http://127.0.0.1:PORT/project.git
# versions: 2
set -eu
here=$(dirname "$0")
. "$here/../../hack/free-port.sh"
port=$(free_port)
bash "$here/suite/certificate.sh" "$1"
exec bash "$here/suite/nginx.sh" "$1" "$3" "
  server {
    listen 127.0.0.1:$2;
    return 301 https://127.0.0.1:$port\$request_uri;
  }
  server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $1/authority.pem;
    ssl_certificate_key $1/authority.key;
    location / { \$git }
  }"

# server: nginx 1.22, fcgiwrap, git http-backend
# packages: nginx-light fcgiwrap
# url: http://127.0.0.1:PORT/project.git
# versions: 2 0
set -eu
cd "$1"
cat >nginx.conf <<CONF
daemon off;
pid $1/nginx.pid;
error_log $1/nginx.log;
$([ "$(id -u)" != 0 ] || echo "user root;")
events {}
http {
  access_log off;
  client_body_temp_path $1/nginx-body;
  fastcgi_temp_path $1/nginx-fastcgi;
  proxy_temp_path $1/nginx-proxy;
  uwsgi_temp_path $1/nginx-uwsgi;
  scgi_temp_path $1/nginx-scgi;
  server {
    listen 127.0.0.1:$2;
    location / {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT $1/served;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO \$uri;
      fastcgi_param HTTP_GIT_PROTOCOL $([ "$3" = 2 ] && echo '$http_git_protocol' || echo '""');
      fastcgi_pass unix:$1/fcgi.sock;
    }
  }
}
CONF
/usr/sbin/fcgiwrap -c 4 -s "unix:$1/fcgi.sock" &
trap 'kill $(jobs -p)' EXIT
/usr/sbin/nginx -c "$1/nginx.conf" -e "$1/nginx.log" &
wait $!

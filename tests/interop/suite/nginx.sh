# nginx with git http-backend: nginx.sh FOLDER VERSION SERVERS, where SERVERS is a directive "server" or more; $git in it serves the repositories.
set -eu
git="
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT $1/served;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO \$uri;
      fastcgi_param HTTP_GIT_PROTOCOL $([ "$2" = 2 ] && echo '$http_git_protocol' || echo '""');
      fastcgi_pass unix:$1/fcgi.sock;"
cat >"$1/nginx.conf" <<CONF
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
  ${3//'$git'/$git}
}
CONF
cd "$1"
/usr/sbin/fcgiwrap -c 4 -s "unix:$1/fcgi.sock" &
trap 'kill $(jobs -p)' EXIT
/usr/sbin/nginx -c "$1/nginx.conf" -e "$1/nginx.log" &
wait $!

# server: Apache 2.4, git http-backend
# packages: apache2-bin
# url: http://127.0.0.1:PORT/git/project.git
# versions: 2 0
set -eu
cd "$1"
modules=/usr/lib/apache2/modules
cat >apache.conf <<CONF
ServerName localhost
ServerRoot $1
PidFile $1/apache.pid
ErrorLog $1/apache.log
Listen 127.0.0.1:$2
$(for name in mpm_event authz_core alias env setenvif headers cgid; do echo "LoadModule ${name}_module $modules/mod_$name.so"; done)
ScriptSock $1/cgid.sock
$([ "$3" = 2 ] || echo "RequestHeader unset Git-Protocol early")
SetEnvIf Git-Protocol ".*" GIT_PROTOCOL=\$0
SetEnv GIT_PROJECT_ROOT $1/served
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnv GIT_CONFIG_COUNT 1
SetEnv GIT_CONFIG_KEY_0 safe.directory
SetEnv GIT_CONFIG_VALUE_0 *
ScriptAlias /git/ /usr/lib/git-core/git-http-backend/
<Directory /usr/lib/git-core>
  Require all granted
</Directory>
CONF
[ "$(id -u)" != 0 ] || printf 'User www-data\nGroup www-data\n' >>apache.conf
exec /usr/sbin/apache2 -f "$1/apache.conf" -DFOREGROUND

# An imitation of tests/GitServer, over HTTPS: imitate.sh FOLDER PORT OPTION..., which are git-server's.
set -eu
directory=$1 port=$2
shift 2
bash "$(dirname "$0")/certificate.sh" "$directory"
exec "$GIT_SERVER" --root "$directory/served" --port "$port" --port-file "$directory/port" --certificate "$directory/authority.pem" --key "$directory/authority.key" "$@"

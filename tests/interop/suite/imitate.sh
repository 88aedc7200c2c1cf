# An imitation of tests/GitServer, over HTTPS: imitate.sh FOLDER PORT OPTION..., which are git-server's.
set -eu
folder=$1 port=$2
shift 2
bash "$(dirname "$0")/certificate.sh" "$folder"
exec "$GIT_SERVER" --root "$folder/served" --port "$port" --port-file "$folder/port" --certificate "$folder/authority.pem" --key "$folder/authority.key" "$@"

# To be sourced by a script that plays something through on real parts and says what it sees. It gives the script a directory of its own,
# $work, servers that end with it, and waiting with a deadline; when the script fails, the ends of the logs in that directory are shown.
# A script that has more to put away defines put_away, one that has more to show after a failure explain. $operator, if set, is a process that must not end by itself.
# shellcheck disable=SC2154 # $postgres, $postgres_port and $serving_port are of the script.
# shellcheck source=hack/need.sh
source hack/need.sh

script=$(basename "$0" .sh)
work=$(mktemp -d)
chmod 711 "$work" # PostgreSQL runs as somebody else, below it.
export TMPDIR=$work
operator='' servers=()

# git as it comes, whatever this machine's configuration says; and it may read a checkout of somebody else.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$work/gitconfig GIT_OPTIONAL_LOCKS=0
cat >"$GIT_CONFIG_GLOBAL" <<END
[user]
	name = Demo
	email = demo@example.com
[safe]
	directory = *
[advice]
	detachedHead = false
END

step() { printf '\n== %s\n' "$*"; }
say() { printf '   %s\n' "$*"; }
seen() { printf '   seen: %s\n' "$*"; }
fail() { printf '%s: %s\n' "$script" "$*" >&2; exit 1; }

# Shows a command as a user would type it, and runs it.
show() { printf '   $ %s\n' "$*"; "$@" | sed 's/^/   /'; }

# Its cache of what servers serve belongs to this script, as the server does.
kubectl() { command kubectl --cache-dir="$work/kubectl-cache" "$@"; }

# Polls until a command succeeds: eventually SECONDS WHAT COMMAND...
eventually() {
  local deadline=$((SECONDS + $1)) what=$2 since=$EPOCHREALTIME
  shift 2
  until "$@" >"$work/last" 2>&1; do
    if [ $SECONDS -ge $deadline ]; then
      cat "$work/last" >&2
      fail "not seen in time: $what"
    fi
    [ -z "$operator" ] || kill -0 "$operator" 2>/dev/null || fail "the operator ended by itself"
    sleep 0.1
  done
  seen "$what ($(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $since }") s)"
}

check() {
  local what=$1
  shift
  "$@" >"$work/last" 2>&1 || { cat "$work/last" >&2; fail "not so: $what"; }
  seen "$what"
}

# Servers end with their standard input, which is open for as long as the script runs.
mkfifo "$work/stdin"
exec 7<>"$work/stdin"

start_server() {
  local log=$1
  shift
  "$@" <"$work/stdin" >"$log" 2>&1 7>&- &
  servers+=($!)
}

gone() { ! kill -0 "$1" 2>/dev/null; }

wait_until_gone() {
  local deadline=$((SECONDS + $2))
  until gone "$1"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.1
  done
}

put_away() { :; }
explain() { :; }

exec 4>&2 # For what put_away has to say: stop_everything prints nothing else.

# Prints nothing and never fails: it also cleans up after a failure.
stop_everything() {
  exec 7>&-
  put_away
  if [ -n "$operator" ]; then
    kill -TERM "$operator" 2>/dev/null
    wait_until_gone "$operator" 15 || kill -KILL "$operator"
  fi
  for server in "${servers[@]}"; do
    wait_until_gone "$server" 20 || kill -TERM "$server"
  done
  wait
} 2>/dev/null

finish() {
  local status=$?
  trap '' INT TERM HUP PIPE
  if [ $status != 0 ]; then
    explain >"$work/explained.log" 2>&1 || true
    for log in "$work"/*.log; do
      [ -s "$log" ] || continue
      printf '\n-- the end of %s\n' "${log##*/}" >&2
      head -c 3000 "$log" >&2; tail -n 30 "$log" >&2
    done
  fi
  stop_everything || true
  rm -rf "$work"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 141' PIPE # Whoever reads what it says has ended.

# ---- what several of them need ----

# An API server before 1.25 knows no x-kubernetes-validations, and kubectl refuses what the server does not know.
validate_option() {
  local minor
  minor=$(kubectl get --raw /version | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p')
  [ "$minor" -ge 25 ] || echo --validate=false
}

# psql, by the programs in $postgres, on the server at $postgres_port of this machine, or of $postgres_host.
sql() {
  PGPASSWORD=postgres "$postgres/psql" --host="${postgres_host:-127.0.0.1}" --port="$postgres_port" --username=postgres \
    --quiet --no-psqlrc --tuples-only --no-align "$@"
}

# What the operator serves at this path: metrics, readyz.
http() { curl -fsS --max-time 5 "http://127.0.0.1:$serving_port/$1"; }

# A bare repository with one commit of one file: make_repository FOLDER TEXT
make_repository() {
  git init --quiet --bare --initial-branch=main "$1"
  git clone --quiet "$1" "$work/made" 2>/dev/null
  mkdir -p "$work/made/docs"
  echo "$2" >"$work/made/docs/greeting.txt"
  git -C "$work/made" add --all
  git -C "$work/made" commit --quiet --message 'Greet'
  git -C "$work/made" push --quiet origin HEAD:main
  rm -rf "$work/made"
}

build_git_server() {
  need_git
  dotnet publish tests/GitServer --nologo --verbosity quiet --configuration Release --output "$work/bin" >"$work/build.log" 2>&1 ||
    { cat "$work/build.log"; fail "the git server does not build"; }
}

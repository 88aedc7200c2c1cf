#!/usr/bin/env bash
# A real PostgreSQL server for the tests, the demo and the benchmarks: a cluster of its own in a directory, as an unprivileged user,
# on loopback; never the machine's.
#
#   hack/postgres.sh assets             make sure that PostgreSQL and PgBouncer are installed; print PostgreSQL's directory of programs
#   hack/postgres.sh run DIR [N=V...]   make a cluster in DIR if there is none (superuser postgres, password postgres), and run it
#                                       with these settings until standard input closes or a signal comes; prints "ready PORT"
#
# DIR may be empty, or a copy that pg_basebackup made. While the server runs it takes orders from standard input, one a line, and
# responds to each with a line when it is carried out: "kill" (as a crash), "stop" (as an administrator does) and "start".
# DIR/port has the port, DIR/log what the server says. DIR is the caller's to remove.
set -euo pipefail
# shellcheck source=hack/free-port.sh
source "$(dirname "$0")/free-port.sh"
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"

here=$(cd "$(dirname "$0")" && pwd)

programs() { find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1; }

# Debian's package makes and starts a cluster of its own, unless it is set not to.
ensure_installed() {
  { [ -n "$(programs)" ] && [ -x "$(programs)/postgres" ] && [ -x "$(programs)/pgbench" ] && command -v pgbouncer && command -v setpriv; } >/dev/null && return
  if [ "$(id -u)" = 0 ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    # It is Debian's file: what stands in it now is not to be asked about.
    export UCF_FORCE_CONFFOLD=1
  fi
  bash "$here/apt.sh" postgresql pgbouncer util-linux
}

# As a user who owns nothing: PostgreSQL refuses to run as root.
unprivileged() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=65534 --regid=65534 --clear-groups --pdeathsig TERM "$@"
  else
    "$@"
  fi
}

may_enter() { unprivileged test -x "$1" || die "the unprivileged user can't enter $1: make the directories above it searchable (chmod 711)"; }

make_cluster() {
  [ "$(id -u)" != 0 ] || chown -R 65534:65534 "$dir"
  chmod 700 "$dir"
  may_enter "$dir"
  [ -e "$dir/data/PG_VERSION" ] && return
  echo postgres >"$dir/password"
  chmod 644 "$dir/password"
  unprivileged "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=scram-sha-256 --pwfile="$dir/password" \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; die "initdb failed"; }
}

start() {
  local options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off" setting
  for setting in "${settings[@]}"; do
    options+=" -c $setting"
  done
  unprivileged "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/log" --options="$options" --timeout=60 --silent --wait start \
    </dev/null >&2 || { tail -n 20 "$dir/log" >&2; die "PostgreSQL did not start"; }
}

stop() {
  [ ! -e "$dir/data/postmaster.pid" ] ||
    unprivileged "$bin/pg_ctl" --pgdata="$dir/data" --mode="$1" --timeout=60 --silent --wait stop >&2 || true
}

run() {
  dir=$1
  shift
  settings=("$@")
  bin=$(programs)
  [ -n "$bin" ] || die "PostgreSQL is not installed: hack/postgres.sh assets"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd -P)
  make_cluster
  port=$(free_port)
  trap 'stop immediate' EXIT
  trap 'exit 143' TERM INT
  start
  echo "$port" >"$dir/port"
  echo "ready $port"
  while read -r order; do
    case $order in
      kill) stop immediate ;;
      stop) stop fast ;;
      start) start ;;
      *) say "no such order: $order" ;;
    esac
    echo "$order"
  done
}

case ${1:-} in
  assets) ensure_installed && programs ;;
  run) shift; run "$@" ;;
  *) usage ;;
esac

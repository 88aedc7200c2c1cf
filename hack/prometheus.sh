#!/usr/bin/env bash
# A real Prometheus for the tests: Debian's, out of its package, which is neither installed nor started.
#
#   hack/prometheus.sh assets     make sure that prometheus and promtool are there; print their directory
#   hack/prometheus.sh run DIR    run Prometheus with DIR/prometheus.yml and its data in DIR until standard input closes or a
#                                 signal comes; prints "ready PORT"
#
# The package is unpacked into a cache directory (CODEREPO_CACHE, default ~/.cache/coderepo-operator). DIR/log has what the server
# says. DIR is the caller's to remove.
set -euo pipefail
# shellcheck source=hack/free-port.sh
source "$(dirname "$0")/free-port.sh"
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"
# shellcheck source=hack/cache.sh
source "$(dirname "$0")/cache.sh"

here=$(cd "$(dirname "$0")" && pwd)
unpacked=$cache/prometheus
bin=$unpacked/usr/bin

is_there() { [ -x "$bin/prometheus" ] && [ -x "$bin/promtool" ]; }

# Debian starts Prometheus when its package is installed, so it is taken out of it instead.
fetch() (
  say "fetching Prometheus out of Debian's package: once, some seconds"
  work=$(mktemp -d "$cache/prometheus.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/out"
  bash "$here/fetch-packages.sh" --unpack "$work/out" prometheus
  rm -rf "$unpacked"
  mv -T "$work/out" "$unpacked"
)

assets() {
  make_once prometheus is_there fetch
  echo "$bin"
}

run() {
  is_there || die "Prometheus is not there: hack/prometheus.sh assets"
  dir=$(cd "$1" && pwd -P)
  [ -f "$dir/prometheus.yml" ] || die "$dir/prometheus.yml is missing"
  port=$(free_port)
  "$bin/prometheus" --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --web.listen-address="127.0.0.1:$port" \
    >"$dir/log" 2>&1 </dev/null &
  server=$!
  trap 'kill "$server" 2>/dev/null || true; wait "$server" || true' EXIT
  trap 'exit 143' TERM INT
  for _ in {1..600}; do
    grep -q 'Server is ready to receive web requests' "$dir/log" && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  grep -q 'Server is ready to receive web requests' "$dir/log" || { tail -n 20 "$dir/log" >&2; die "Prometheus did not start"; }
  echo "ready $port"
  while read -r _; do :; done
}

case ${1:-} in
  assets) assets ;;
  run) run "${2:?the directory with prometheus.yml}" ;;
  *) usage ;;
esac

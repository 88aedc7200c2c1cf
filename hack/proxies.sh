#!/usr/bin/env bash
# Real proxies for the tests, out of Debian's packages, which are not installed: tinyproxy for HTTP, microsocks for SOCKS5.
#
#   hack/proxies.sh assets     make sure that both are there; print their directory
set -euo pipefail
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"
# shellcheck source=hack/cache.sh
source "$(dirname "$0")/cache.sh"

here=$(cd "$(dirname "$0")" && pwd)
bin=$cache/proxies

is_there() { [ -x "$bin/tinyproxy" ] && [ -x "$bin/microsocks" ]; }

fetch_both() (
  work=$(mktemp -d "$cache/proxies.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work"/{packages,bin}
  bash "$here/fetch-packages.sh" --unpack "$work/packages" tinyproxy-bin microsocks
  cp "$work/packages/usr/bin/"{tinyproxy,microsocks} "$work/bin/"
  rm -rf "$bin"
  mv -T "$work/bin" "$bin"
)

assets() {
  make_once proxies is_there fetch_both
  echo "$bin"
}

case ${1:-} in
  assets) [ $# = 1 ] || usage; assets ;;
  *) usage ;;
esac

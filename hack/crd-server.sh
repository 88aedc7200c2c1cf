#!/usr/bin/env bash
# The custom-resource server of today's Kubernetes, for the tests: CEL rules, ratcheting, strict field validation, selectable
# fields, list streaming. It serves CRDs and their objects, and stands behind the kube-apiserver of hack/control-plane.sh, which
# hands it the requests for them (aggregation). So the operator, kubectl and RBAC meet both as one API server.
#
#   hack/crd-server.sh assets   make sure that it is there; print the path of the program
#
# It is k8s.io/apiextensions-apiserver, which Debian's unstable suite has as a package of sources. The packages are only unpacked,
# nothing of unstable is ever installed; the program is kept in the cache directory (CODEREPO_CACHE, default
# ~/.cache/coderepo-operator). Unstable moves: what is there is built, and the version is kept in a file beside the program.
set -euo pipefail
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"
# shellcheck source=hack/cache.sh
source "$(dirname "$0")/cache.sh"

here=$(cd "$(dirname "$0")" && pwd)
built=$cache/crd-server
program=$built/crd-server

build() (
  work=$(mktemp -d "$cache/crd-server.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  log=$cache/crd-server.log
  : >"$log"

  cd "$work"
  mkdir root
  bash "$here/fetch-packages.sh" --suite sid "$work" golang-k8s-apiextensions-apiserver-dev golang-go
  for package in golang-*.deb; do dpkg-deb -x "$package" root; done
  version=$(basename golang-k8s-apiextensions-apiserver-dev_*.deb | sed 's/^[^_]*_\([^_-]*\).*/\1/')
  goroot=$(find "$work/root/usr/lib" -maxdepth 1 -name 'go-[0-9]*' | sort -V | tail -n 1)
  say "building k8s.io/apiextensions-apiserver $version with ${goroot##*/}: once, about 5 minutes on 2 cores"
  quietly "$log" env GOROOT="$goroot" GOPATH="$work/root/usr/share/gocode" GO111MODULE=off GOTOOLCHAIN=local GOFLAGS= GOPROXY=off \
    CGO_ENABLED=0 GOCACHE="$work/gocache" "$goroot/bin/go" build -ldflags '-s -w' -o "$work/done/crd-server" k8s.io/apiextensions-apiserver
  echo "$version" >"$work/done/version"
  rm -rf "$built"
  mv -T "$work/done" "$built"
  say "built: $program"
)

is_built() { [ -x "$program" ]; }

assets() {
  make_once crd-server is_built build
  echo "$program"
}

case ${1:-} in
  assets) assets ;;
  *) usage ;;
esac

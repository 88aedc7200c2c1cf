#!/usr/bin/env bash
# The custom-resource server of today's Kubernetes, for the tests: CEL rules, ratcheting, strict field validation, selectable
# fields, list streaming. It serves CRDs and their objects, and stands behind the kube-apiserver of hack/control-plane.sh, which
# hands it the requests for them (aggregation). So the operator, kubectl and RBAC meet both as one API server.
#
#   hack/crd-server.sh assets   make sure that it is there; print the path of the program
#
# It is k8s.io/apiextensions-apiserver, which Debian's unstable suite has as a package of sources. The packages are only unpacked,
# nothing of unstable is ever installed; the program is kept in the cache folder (CODEREPO_CACHE, default
# ~/.cache/coderepo-operator). Unstable moves: what is there is built, and the version is kept in a file beside the program.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${CODEREPO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/coderepo-operator}
built=$cache/crd-server
program=$built/crd-server

say() { echo "crd-server: $*" >&2; }
die() { say "$*"; exit 1; }

# Runs a long command with its output in a log file, shown only when it fails.
quietly() {
  local log=$1 status=0
  shift
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  [ $status = 0 ] || { tail -n 10 "$log" >&2; die "failed: $* (whole log: $log)"; }
}

build() (
  work=$(mktemp -d "$cache/crd-server.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  log=$cache/crd-server.log
  : >"$log"

  cd "$work"
  mkdir root
  bash "$here/suite-packages.sh" sid "$work" golang-k8s-apiextensions-apiserver-dev golang-go || exit
  for package in apt/archives/golang-*.deb; do dpkg-deb -x "$package" root; done
  version=$(basename apt/archives/golang-k8s-apiextensions-apiserver-dev_*.deb | sed 's/^[^_]*_\([^_-]*\).*/\1/')
  goroot=$(find "$work/root/usr/lib" -maxdepth 1 -name 'go-[0-9]*' | sort -V | tail -n 1)
  say "building k8s.io/apiextensions-apiserver $version with ${goroot##*/}: once, about 5 minutes on 2 cores"
  quietly "$log" env GOROOT="$goroot" GOPATH="$work/root/usr/share/gocode" GO111MODULE=off GOTOOLCHAIN=local GOFLAGS= GOPROXY=off \
    CGO_ENABLED=0 GOCACHE="$work/gocache" "$goroot/bin/go" build -ldflags '-s -w' -o "$work/done/crd-server" k8s.io/apiextensions-apiserver
  echo "$version" >done/version
  rm -rf "$built"
  mv -T done "$built"
  say "built: $program"
)

assets() {
  mkdir -p "$cache"
  if [ ! -x "$program" ]; then
    # Two checkouts may get here at once; the second one finds the work done.
    exec 9>"$cache/crd-server.lock"
    flock -n 9 || { say "another process is building it; waiting for it"; flock 9; }
    [ -x "$program" ] || build
    exec 9>&-
  fi
  echo "$program"
}

case ${1:-} in
  assets) assets ;;
  *) sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
esac

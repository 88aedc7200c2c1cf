# Builds a Go program with Debian's Go packages, which takes a minute, into the cache: go.sh NAME <SOURCE prints where it is. What is built from is kept
# beside it, and built again when it changes.
set -eu
# shellcheck source=hack/cache.sh
source "$(dirname "$0")/../../../hack/cache.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Where there is a go.mod, Debian's packages are found by their paths with /v5, without a module.
mkdir -p "$cache" "$work/src/interop"
echo 'module interop' >"$work/src/interop/go.mod"
cat >"$work/src/interop/server.go"
if ! cmp -s "$work/src/interop/server.go" "$cache/$1.go" || [ ! -x "$cache/$1" ]; then
  GOPATH="$work:/usr/share/gocode" GO111MODULE=off GOFLAGS="" go build -o "$work/server" interop
  mv "$work/server" "$cache/$1"
  cp "$work/src/interop/server.go" "$cache/$1.go"
fi
echo "$cache/$1"

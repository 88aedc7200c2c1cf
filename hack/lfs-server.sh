#!/usr/bin/env bash
# A real server of Git LFS for the tests, and the client: both are of the Git LFS project itself.
#
#   hack/lfs-server.sh assets     make sure that lfstest-gitserver and git-lfs are there; print their directory
#   hack/lfs-server.sh run DIR    serve the bare repositories in DIR, and their files of Git LFS, until standard input closes or a signal
#                                 comes; prints "ready PORT"
#
# The server is that of Git LFS' own tests (t/cmd/lfstest-gitserver.go), built once from Debian's source package into a cache directory
# (CODEREPO_CACHE, default ~/.cache/coderepo-operator). It keeps the files in its memory, wants the user "user" and the password "pass" for
# them, and does odd things for files with certain contents: see contentHandlers there. The client is out of Debian's package, which is
# not installed: it would have every git on the machine run it.
set -euo pipefail
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"
# shellcheck source=hack/cache.sh
source "$(dirname "$0")/cache.sh"

here=$(cd "$(dirname "$0")" && pwd)
bin=$cache/git-lfs

is_there() { [ -x "$bin/git-lfs" ] && [ -x "$bin/lfstest-gitserver" ]; }

make_both() (
  say "building Git LFS' test server from Debian's source package: once, some seconds"
  bash "$here/apt.sh" golang-go dpkg-dev
  work=$(mktemp -d "$cache/git-lfs.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work"/{source,package,bin}
  # Of the release itself: what came as an update has its source elsewhere, where some mirrors have none.
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  bash "$here/fetch-packages.sh" --source "$work/source" "git-lfs/$release"
  bash "$here/fetch-packages.sh" --unpack "$work/package" git-lfs
  (cd "$work/source" && tar xf git-lfs_*.orig.tar.* --wildcards --strip-components=3 '*/t/cmd/lfstest-gitserver.go')
  log=$cache/git-lfs.log
  : >"$log"
  # It needs nothing but Go's own library.
  quietly "$log" env GO111MODULE=off GOFLAGS= GOPROXY=off GOCACHE="$work/gocache" GOPATH="$work/gopath" \
    go build -tags testtools -o "$work/bin/lfstest-gitserver" "$work/source/lfstest-gitserver.go"
  cp "$work/package/usr/bin/git-lfs" "$work/bin/"
  rm -rf "$bin"
  mv -T "$work/bin" "$bin"
)

assets() {
  make_once git-lfs is_there make_both
  echo "$bin"
}

run() {
  is_there || die "Git LFS is not there: hack/lfs-server.sh assets"
  dir=$(cd "$1" && pwd -P)
  state=$(mktemp -d)
  server=''
  trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$state"' EXIT
  trap 'exit 143' TERM INT
  env LFSTEST_DIR="$dir" LFSTEST_URL="$state/url" LFSTEST_SSL_URL="$state/ssl" LFSTEST_CLIENT_CERT_URL="$state/client" \
    LFSTEST_CERT="$state/cert" LFSTEST_CLIENT_CERT="$state/client-cert" LFSTEST_CLIENT_KEY="$state/client-key" \
    LFSTEST_CLIENT_KEY_ENCRYPTED="$state/client-key-encrypted" GIT_LFS_SKIP_SMUDGE=1 \
    "$bin/lfstest-gitserver" >"$state/log" 2>&1 </dev/null &
  server=$!
  for _ in {1..300}; do
    [ -s "$state/client-key-encrypted" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [ -s "$state/client-key-encrypted" ] || { tail -n 20 "$state/log" >&2; die "the server did not start"; }
  echo "ready $(sed 's/.*://' "$state/url")"
  while read -r _; do :; done
}

case ${1:-} in
  assets) [ $# = 1 ] || usage; assets ;;
  run) [ $# = 2 ] || usage; run "$2" ;;
  *) usage ;;
esac

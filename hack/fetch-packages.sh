#!/usr/bin/env bash
# Downloads Debian packages without installing them, into a directory that is there.
#
#   hack/fetch-packages.sh --unpack DIR PACKAGE...         puts their files into DIR, which is empty, in place of the packages
#   hack/fetch-packages.sh --arch ARCH DIR PACKAGE...      the newest for a platform, this machine's or another
#   hack/fetch-packages.sh --suite SUITE DIR PACKAGE...    those of another suite, with all that they depend on
#   hack/fetch-packages.sh --source DIR PACKAGE            the source package
#
# But for the first, apt works with lists of its own: nothing of this machine's changes.
set -euo pipefail
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"

here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 3 ] || usage
how=$1 value=''
shift
case $how in
  --unpack | --source) ;;
  --arch | --suite) value=$1; shift ;;
  *) usage ;;
esac
[ $# -ge 2 ] || usage
directory=$(cd "$1" && pwd)
shift
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state"/{sources,lists/partial,cache/archives/partial}
log=$state/log

get() { (cd "$directory" && apt-get -qq -o APT::Sandbox::User=root "${options[@]}" "$@") >>"$log" 2>&1 </dev/null; }
get_or_die() { get "$@" || { tail -n 20 "$log" >&2; die "could not fetch $packages: check the apt sources and the network"; }; }

# The sources of the machine, of packages (deb) or of sources (deb-src).
own_sources() {
  local sources=/etc/apt/sources.list.d/debian.sources
  if [ -f "$sources" ]; then
    sed "s/^Types:.*/Types: $1/" "$sources" >"$state/sources/debian.sources"
  else
    sed -n "s/^deb /$1 /p" /etc/apt/sources.list >"$state/sources/debian.list"
  fi
}

# The same mirror, another suite.
suite_sources() {
  local mirror
  bash "$here/apt.sh" debian-archive-keyring
  mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  [ -n "$mirror" ] || mirror=$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n 1)
  [ -n "$mirror" ] || die "no mirror of Debian stands in /etc/apt/sources.list or /etc/apt/sources.list.d/debian.sources"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" "$value" >"$state/sources/suite.sources"
}

use_own_lists() {
  options=(-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$state/sources" -o Dir::State::lists="$state/lists"
    -o Dir::State::status=/dev/null -o Dir::Cache="$state/cache")
  [ "$how" != --arch ] || options+=(-o APT::Architecture="$value" -o APT::Architectures="$value")
}

packages=$*
options=()
case $how in
  --unpack)
    # A new machine has no lists of packages, or old ones.
    get download "$@" || { get update || true; get_or_die download "$@"; }
    for package in "$directory"/*.deb; do
      dpkg-deb --extract "$package" "$directory"
      rm "$package"
    done
    ;;
  --arch)
    own_sources deb
    use_own_lists
    get_or_die update
    get_or_die download "$@"
    ;;
  --suite)
    suite_sources
    use_own_lists
    get_or_die update
    get_or_die --download-only --yes --no-install-recommends install "$@"
    mv "$state"/cache/archives/*.deb "$directory"
    ;;
  --source)
    own_sources deb-src
    use_own_lists
    get_or_die update
    get_or_die source --download-only "$@"
    ;;
esac

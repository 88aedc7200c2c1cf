#!/usr/bin/env bash
# Downloads Debian packages of another suite than the machine's own, with all that they depend on. Nothing of it is installed.
#
#   hack/suite-packages.sh SUITE FOLDER PACKAGE...   puts the .deb files into FOLDER/apt/archives
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
die() { echo "suite-packages: $*" >&2; exit 1; }

suite=$1
folder=$(cd "$2" && pwd)
shift 2
bash "$here/apt.sh" debian-archive-keyring

# The machine's own mirror.
mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
[ -n "$mirror" ] || mirror=$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n 1)
[ -n "$mirror" ] || die "no mirror of Debian stands in /etc/apt/sources.list or /etc/apt/sources.list.d/debian.sources"

mkdir -p "$folder/lists/partial" "$folder/apt/archives/partial"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
  "$mirror" "$suite" >"$folder/suite.sources"
log=$folder/apt.log
apt_of_suite() {
  apt-get -o Dir::Etc::SourceList="$folder/suite.sources" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$folder/lists" \
    -o Dir::Cache="$folder/apt" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root "$@" >>"$log" 2>&1 </dev/null ||
    { tail -n 10 "$log" >&2; die "apt-get ${*: -1} of $suite failed"; }
}
apt_of_suite update
apt_of_suite --download-only --yes --no-install-recommends install "$@"

#!/usr/bin/env bash
# Unpacks the git of another Debian suite, with all that it needs, into the cache, once; nothing is installed.
#
#   unpack.sh SUITE   prints the directory, a root to change into
set -euo pipefail
hack=$(dirname "$0")/../../../hack
# shellcheck source=hack/messages.sh
source "$hack/messages.sh"
# shellcheck source=hack/cache.sh
source "$hack/cache.sh"
suite=$1
root=$cache/git-$suite

is_unpacked() { [ -d "$root" ]; }

unpack() (
  work=$(mktemp -d "$cache/git-$suite.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/packages"
  bash "$hack/fetch-packages.sh" --suite "$suite" "$work/packages" git

  # As base-files has it: what some suites have in /lib is in /usr/lib in others.
  for directory in bin lib lib64 sbin; do
    mkdir -p "$work/root/usr/$directory"
    ln -s "usr/$directory" "$work/root/$directory"
  done
  mkdir -p "$work/root/dev" "$work/root/srv"
  for package in "$work"/packages/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$work/root"; done
  mv -T "$work/root" "$root"
)

make_once "git-$suite" is_unpacked unpack
echo "$root"

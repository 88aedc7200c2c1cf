#!/usr/bin/env bash
# Unpacks the git of another Debian suite, with all that it needs, into the cache, once; nothing is installed.
#
#   unpack.sh SUITE   prints the folder, a root to change into
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/coderepo-operator
root=$cache/git-$1
mkdir -p "$cache"
exec 9>"$cache/git-$1.lock"
flock 9
[ ! -d "$root" ] || { echo "$root"; exit 0; }
work=$(mktemp -d "$cache/git-$1.XXXXXX")
trap 'rm -rf "$work"' EXIT

bash "$(dirname "$0")/../../../hack/suite-packages.sh" "$1" "$work" git

# As base-files has it: what some suites have in /lib is in /usr/lib in others.
for folder in bin lib lib64 sbin; do
  mkdir -p "$work/root/usr/$folder"
  ln -s "usr/$folder" "$work/root/$folder"
done
mkdir -p "$work/root/dev" "$work/root/srv"
for package in "$work"/apt/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$work/root"; done
mv -T "$work/root" "$root"
echo "$root"

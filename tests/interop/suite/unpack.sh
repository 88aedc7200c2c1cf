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

uri=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
[ -n "$uri" ] || uri=$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list | head -n 1)
mkdir -p "$work/lists/partial" "$work/apt/archives/partial"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$uri" "$1" >"$work/suite.sources"
apt_of_suite() {
  apt-get -o Dir::Etc::SourceList="$work/suite.sources" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/apt" \
    -o Dir::State::status=/dev/null -o APT::Sandbox::User=root "$@" >"$work/log" 2>&1 </dev/null || { tail -n 5 "$work/log" >&2; exit 1; }
}
apt_of_suite update
apt_of_suite --download-only --yes --no-install-recommends install git

# As base-files has it: what some suites have in /lib is in /usr/lib in others.
for folder in bin lib lib64 sbin; do
  mkdir -p "$work/root/usr/$folder"
  ln -s "usr/$folder" "$work/root/$folder"
done
mkdir -p "$work/root/dev" "$work/root/srv"
for package in "$work"/apt/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$work/root"; done
mv -T "$work/root" "$root"
echo "$root"

#!/usr/bin/env bash
# Installs those of the named Debian packages that are missing; does nothing, quickly, when none is.
#
#   hack/apt.sh PACKAGE...
set -euo pipefail
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"

missing=()
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
  die "these Debian packages are missing and only root can install them: ${missing[*]}"
fi

say "installing Debian packages (a minute or so): ${missing[*]}"
# Where another target, or the machine itself, is installing something.
patiently=(-o DPkg::Lock::Timeout=300)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get "${patiently[@]}" update && DEBIAN_FRONTEND=noninteractive apt-get "${patiently[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
  tail -n 30 "$log" >&2
  die "could not install ${missing[*]}"
fi

#!/usr/bin/env bash
# Clones from real git servers (tests/interop) beside git itself, and prints what works as a table.
#
#   hack/interop.sh   installs the servers' Debian packages: for a machine, or a container, that is made for tests
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/need.sh
source hack/need.sh

mapfile -t packages < <(sed -n 's/^# packages: //p' tests/interop/*.sh | tr ' ' '\n' | sort -u)
bash hack/apt.sh git openssh-client "${packages[@]}"
need_compiler
dotnet build tests/Operator.IntegrationTests --nologo --verbosity quiet
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
dotnet test --project tests/Operator.IntegrationTests --no-build --filter-trait Category=Interop --output Detailed --show-stdout All >"$log" 2>&1 || code=$?
echo '| Server | Protocol | depth 1 | update | depth 10 | update | whole | update |'
echo '|---|---|---|---|---|---|---|---|'
# Versions of the protocol that differ in nothing are one line.
grep -o '| .* | \(HTTP\|SSH\) v[02] |.*|' "$log" | LC_ALL=C sort -f | uniq | sed 's/ v\([02]\) | /\t\1\t/' | awk -F'\t' '
  { line = $1 FS $3 }
  line in versions { versions[line] = "v" $2 ", " versions[line]; next }
  { lines[++count] = line; versions[line] = "v" $2 }
  END { for (i = 1; i <= count; i++) { split(lines[i], parts, FS); print parts[1] " " versions[lines[i]] " | " parts[2] } }'
echo
for script in tests/interop/*.sh; do
  server=$(sed -n 's/^# server: //p' "$script") protocol=$(basename "${script%%-*}")
  sed -n "s|^# imitates: |- $server, ${protocol^^}: |p" "$script"
done
[ "$code" = 0 ] || cat "$log" >&2
exit "$code"

#!/usr/bin/env bash
# Builds the solution once, runs the test projects, and ends with the sum: N passed, N failed, N skipped.
#
#   hack/test.sh        everything but the soak tests, on a real control plane and real git
#   hack/test.sh soak   only these: what takes minutes by its nature
#   hack/test.sh unit   only what needs neither server nor git
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "test: $*" >&2; }

what=${1:-all}
filter=(--filter-not-trait Category=Soak)
case $what in
  unit)
    target=tests/Operator.Tests
    export NativeGitWorker=false # Nothing is cloned.
    projects=(Operator.Tests)
    ;;
  all | soak)
    target=Operator.sln
    projects=(Operator.Tests Operator.IntegrationTests)
    if [ "$what" = soak ]; then
      projects=(Operator.IntegrationTests)
      filter=(--filter-trait Category=Soak)
    fi
    say "making sure of etcd, kube-apiserver, kubectl, PostgreSQL, git and strace: minutes on a new machine, then no time"
    bash hack/control-plane.sh assets >/dev/null
    bash hack/postgres.sh assets >/dev/null
    { command -v git && command -v strace; } >/dev/null || bash hack/apt.sh git strace
    /usr/bin/python3 -c 'import psycopg' 2>/dev/null || bash hack/apt.sh python3 python3-psycopg # For the examples.
    command -v gcc >/dev/null || bash hack/apt.sh gcc libc6-dev zlib1g-dev
    ;;
  *) sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
esac

# What build and runner leave in the folder for temporary files goes with the reports.
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
chmod 711 "$reports" # PostgreSQL runs as somebody else, below it.
export TMPDIR=$reports

dotnet build "$target" --nologo --verbosity quiet

passed=0 failed=0 skipped=0 status=0
for project in "${projects[@]}"; do
  # --no-build: both projects run what was built above.
  dotnet test --project "tests/$project" --no-build "${filter[@]}" --results-directory "$reports" \
    --report-xunit-trx --report-xunit-trx-filename "$project.trx" || status=$?
  # A runner that crashed leaves no report, or one without a sum.
  counters=$(grep -o '<Counters [^>]*>' "$reports/$project.trx" 2>/dev/null) || {
    say "$project did not finish"
    status=1 failed=$((failed + 1))
    continue
  }
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  passed=$((passed + $(count passed)))
  failed=$((failed + $(count total) - $(count passed) - $(count notExecuted)))
  skipped=$((skipped + $(count notExecuted)))
done

[ "$failed" = 0 ] && [ "$passed" != 0 ] || status=1
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"

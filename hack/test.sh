#!/usr/bin/env bash
# Builds the solution once, runs the test projects, and ends with the sum: N passed, N failed, N skipped.
#
#   hack/test.sh        everything but what has a target of its own, on a real control plane and real git
#   hack/test.sh slow   only what takes longest: whole operators from start to end, crashes at each step, races, outages, releases of
#                       the chart, many clones beside git's own; CI runs these too
#   hack/test.sh soak   only what shows after minutes, with thousands of CodeRepos, or under load
#   hack/test.sh fuzz   only random cases beside git, from FUZZ_SEED on, FUZZ_ROUNDS of them
#   hack/test.sh unit   only what needs neither server nor git
#   hack/test.sh real   only the comparison of clones with those of git, of the repositories that REAL_REPOSITORIES names
#
# Tests that work with servers and clocks may fail because the machine was busy. Up to five that failed, or all of up to five classes
# that did, are run once more, alone; those that pass then count as passed and are named before the sum, since each is a fault of a
# test, or a race of ours. What fails twice is named last, with how each began to say why.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/messages.sh
source hack/messages.sh
# shellcheck source=hack/need.sh
source hack/need.sh

what=${1:-all}
filter=(--filter-not-trait Category=Slow Category=Soak Category=Fuzz Category=Real Category=Interop)
case $what in
  unit)
    target=tests/Operator.Tests
    export NativePrograms=false # Neither of them is run.
    projects=(Operator.Tests)
    ;;
  real)
    [ -n "${REAL_REPOSITORIES:-}" ] || { say 'name URLs or local repositories: make real REPOSITORIES="https://git.example.com/a /srv/b.git"'; exit 2; }
    target=tests/Operator.IntegrationTests
    projects=(Operator.IntegrationTests)
    filter=(--filter-class '*.RealRepositoryTests' --output Detailed --show-stdout All)
    need_git
    need_compiler
    ;;
  fuzz)
    target=tests/Operator.IntegrationTests
    projects=(Operator.IntegrationTests)
    filter=(--filter-trait Category=Fuzz)
    export FUZZ_SEED=${FUZZ_SEED:-$((RANDOM * 32768 + RANDOM))} FUZZ_ROUNDS=${FUZZ_ROUNDS:-30}
    say "seeds $FUZZ_SEED to $((FUZZ_SEED + FUZZ_ROUNDS - 1)), each a thousand cases"
    need_git
    need_compiler
    ;;
  all | slow | soak)
    target=Operator.sln
    projects=(Operator.IntegrationTests)
    case $what in
      all) projects=(Operator.Tests Operator.IntegrationTests) ;;
      slow) filter=(--filter-trait Category=Slow --filter-not-trait Category=Soak Category=Fuzz) ;;
      soak) filter=(--filter-trait Category=Soak) ;;
    esac
    say "making sure of etcd, kube-apiserver, kubectl, PostgreSQL, Prometheus, git, Git LFS, proxies, strace, faketime and sshd: minutes on a new machine, then no time"
    bash hack/control-plane.sh assets >/dev/null
    bash hack/postgres.sh assets >/dev/null
    bash hack/prometheus.sh assets >/dev/null
    bash hack/lfs-server.sh assets >/dev/null
    bash hack/proxies.sh assets >/dev/null
    # Debian's unstable moves: where it has none, or one that can't be built, its tests are skipped, and the last lines say so.
    newer=$(bash hack/crd-server.sh assets) || newer=
    need_git
    need_program strace strace
    need_program ssh-keygen openssh-client
    need_program /usr/sbin/sshd openssh-server
    bash hack/apt.sh faketime # For tests that set the wall clock of one operator.
    /usr/bin/python3 -c 'import psycopg' 2>/dev/null || bash hack/apt.sh python3 python3-psycopg # For the examples.
    /usr/bin/python3 -c 'import dulwich, paramiko' 2>/dev/null || bash hack/apt.sh python3 python3-dulwich python3-paramiko # Other servers of git.
    bash hack/apt.sh apache2-bin dropbear-bin # And of those of make interop, two.
    need_compiler
    ;;
  *) usage ;;
esac

# What build and runner leave in the directory for temporary files goes with the reports.
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
chmod 711 "$reports" # PostgreSQL runs as somebody else, below it.
export TMPDIR=$reports

dotnet build "$target" --nologo --verbosity quiet

# report NAME OPTION...: runs a project's tests; sets its exit code and the counts of its report. A runner that crashed leaves none, or one without a sum.
report() {
  local name=$1 counters
  shift
  code=0
  # --no-build: both projects run what was built above.
  dotnet test --project "tests/$project" --no-build --results-directory "$reports" \
    --report-xunit-trx --report-xunit-trx-filename "$name.trx" "$@" || code=$?
  counters=$(grep -o '<Counters [^>]*>' "$reports/$name.trx" 2>/dev/null) || return
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(count total) ok=$(count passed) unrun=$(count notExecuted)
}

# The methods of the tests that failed, of a report's lines like <UnitTestResult … testName="A.B.C(x: 1)" … outcome="Failed" …>.
failures() {
  grep -o '<UnitTestResult [^>]*outcome="Failed"[^>]*>' "$reports/$1.trx" | sed 's/.*testName="\([^"(]*\).*/\1/' | sort -u
}

# How the error of each of them begins: some lines below its name.
reasons() {
  awk -v RS='<UnitTestResult ' '/^[^>]*outcome="Failed"/ {
    name = $0; sub(/.*testName="/, "", name); sub(/".*/, "", name)
    why = "no message"
    if (split($0, parts, /<\/?Message>/) > 1) why = parts[2]
    gsub(/&#xD;|\r/, "", why); gsub(/&#xA;/, "\n", why)
    count = split(why, lines, "\n")
    print name ":"
    for (i = 1; i <= count && i <= 6; i++) print "    " substr(lines[i], 1, 300)
  }' "$reports/$1.trx" | sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&apos;/'/g; s/&amp;/\&/g"
}

passed=0 failed=0 skipped=0 again='' lost='' why='' newer=${newer-none}
for project in "${projects[@]}"; do
  report "$project" "${filter[@]}" || {
    say "$project did not finish"
    failed=$((failed + 1))
    continue
  }
  passed=$((passed + ok)) skipped=$((skipped + unrun))
  missed=$((total - ok - unrun))
  [ "$code" = 0 ] || [ "$missed" -gt 0 ] || missed=1 # Trouble outside of the tests.
  mapfile -t methods < <(failures "$project")
  mapfile -t classes < <(printf '%s\n' "${methods[@]%.*}" | sort -u)
  if [ "$missed" -gt 0 ] && [ "${#methods[@]}" -gt 0 ] && { [ "${#methods[@]}" -le 5 ] || [ "${#classes[@]}" -le 5 ]; }; then
    why+=$(reasons "$project")$'\n'
    say "these failed, and are run once more: ${methods[*]}"
    # Other cases of the method passed already, and are counted.
    first=$missed
    twice=("${methods[@]}")
    if report "$project.again" "${methods[@]/#/--filter-method=}"; then
      missed=$((total - ok - unrun))
      mapfile -t twice < <(failures "$project.again")
    fi
    passed=$((passed + first - missed))
    for method in "${methods[@]}"; do
      [[ " ${twice[*]} " = *" $method "* ]] || again+="passed at the second try only: $method"$'\n'
    done
    methods=("${twice[@]}")
  elif [ "$missed" -gt 0 ]; then
    why+=$(reasons "$project" | head -n 200)$'\n'
  fi
  [ "$missed" = 0 ] || for method in "${methods[@]}"; do
    lost+="failed: $method"$'\n'
  done
  failed=$((failed + missed))
done

printf '%s' "$why$again$lost"
if [ -z "$newer" ]; then
  echo "WARNING: NOTHING WAS TESTED ON A KUBERNETES OF TODAY, only on 1.20: its server for custom resources could not be had or built."
  echo "WARNING: Its tests were skipped. To see why, and to try again: bash hack/crd-server.sh assets"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

#!/usr/bin/env bash
# Runs the commands of README.md and of docs/ as their readers would, in an order that a reader
# may have, on a whole cluster of one node that it starts and takes down again. A block that is not run here must say who runs it, in a
# comment above it.
#
#   hack/docs-test.sh    needs root, and the image that hack/image.sh makes
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/steps.sh
source hack/steps.sh
# shellcheck source=hack/own-cluster.sh
source hack/own-cluster.sh

namespace=coderepo-system
pages=(README.md docs/*.md docs/runbooks/*.md)
own_operator=artifacts/image/$arch/root/app/coderepo-operator
ran=$work/ran
: >"$ran"

put_away() { stop_own_cluster; }

explain() {
  kubectl get crepo --all-namespaces
  kubectl -n $namespace get statefulsets,jobs,pods,pvc
  kubectl -n $namespace get events --sort-by=.lastTimestamp | tail -n 15
  kubectl -n $namespace logs statefulset/coderepo-operator --tail=10
}

# The blocks of commands of a page, as lines "LINE<tab>HEADING"; with "run" or "left" in front, by whether a comment above says who runs them.
blocks() {
  awk -v OFS='\t' '
    !fenced && /^#+ / { heading = $0; sub(/^#+ /, "", heading) }
    /^ *```/ { if (fenced) fenced = 0; else { fenced = 1; if (/^ *```sh$/) print (last ~ /^<!-- run by .* -->$/ ? "left" : "run"), NR, heading } }
    NF { last = $0 }' "$1"
}

# What stands between the fence of this line and the next one.
commands() { awk -v line="$2" 'NR > line { if (/^ *```/) exit; print }' "$1"; }

# A reader runs a block: at PAGE LINE
at() {
  local page=$1 line=$2
  say "$page:$line"
  commands "$page" "$line" | sed 's/^ */   $ /'
  commands "$page" "$line" >"$work/block.sh"
  (cd "$work/checkout" && timeout 400 bash -euo pipefail "$work/block.sh") >"$work/block.log" 2>&1 </dev/null ||
    { cat "$work/block.log" >&2; fail "a command of $page, line $line, failed"; }
  echo "$page:$line" >>"$ran"
}

# All blocks of a page, or those under a heading, or one of these by its number: run PAGE [HEADING [NUMBER]]
run() {
  local page=$1 heading=${2:-} number=${3:-} found=0 how line title
  while IFS=$'\t' read -r how line title; do
    { [ -z "$heading" ] || [ "$title" = "$heading" ]; } && [ "$how" = run ] || continue
    found=$((found + 1))
    [ -z "$number" ] || [ "$found" = "$number" ] || continue
    at "$page" "$line"
  done < <(blocks "$page")
  [ "$found" -ge "${number:-1}" ] || fail "$page has no such commands${heading:+ under '$heading'}"
}

is_running() { kubectl -n $namespace rollout status statefulset/coderepo-operator --timeout=90s; }
is_gone() { [ -z "$(kubectl -n $namespace get pods --selector app.kubernetes.io/name=coderepo-operator --output name)" ]; }

step "Getting ready: programs, an image, a cluster of one node, a git server"
assets=$(bash hack/control-plane.sh assets)
export PATH=$assets:$PATH
[ -e "$archive" ] || fail "there is no image: make image"
build_git_server
start_own_cluster 20Gi
show bash hack/cluster.sh import "$archive"
# Readers push theirs to a registry.
own_ctr images tag "localhost/coderepo-operator:$version" "registry.example.com/coderepo-operator:$version" >/dev/null
greeting='hello from a page'
make_repository "$work/git/hello.git" "$greeting"
start_server "$work/git-server.log" "$work/bin/git-server" --root "$work/git" --address "$own_address" --port-file "$work/git-port" --until-stdin-closes
eventually 30 "git is served" test -e "$work/git-port"

postgres=$(bash hack/postgres.sh assets)
start_server "$work/postgres.log" bash hack/postgres.sh run "$work/postgres"
eventually 60 "PostgreSQL is ready" test -s "$work/postgres/port"
postgres_port=$(cat "$work/postgres/port")
echo "Host=127.0.0.1;Port=$postgres_port;Username=postgres;Password=postgres;Database=postgres" >"$work/connection"
export Indexing__ConnectionFile=$work/connection
sql --command 'CREATE TABLE repositories (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text, git_url text, branch text, status text)' \
  --command "INSERT INTO repositories (name, git_url, status) VALUES ('imported', 'http://$own_address:$(cat "$work/git-port")/hello.git', 'cloned')"
kubectl create namespace team-a >/dev/null

# What a reader has: a checkout in which he wrote what the pages tell him to write, and the programs. Of those he knows what an API server
# before 1.25 needs.
mkdir "$work/checkout" "$work/programs"
cp -r charts config "$work/checkout"
sed -i "s#git_url: .*#git_url: http://$own_address:$(cat "$work/git-port")/hello.git#" "$work/checkout/config/samples/hello.yaml"
sed -i 's#newName: .*#newName: registry.example.com/coderepo-operator#' "$work/checkout/config/default/kustomization.yaml"
if [ -n "$(validate_option)" ]; then
  cat >"$work/programs/kubectl" <<END
#!/bin/sh
[ "\$1" != apply ] || set -- "\$@" --validate=false
exec "$(type -P kubectl)" --cache-dir="$work/kubectl-cache" "\$@"
END
  cat >"$work/programs/helm" <<END
#!/bin/sh
case \$1 in install | upgrade) set -- "\$@" --disable-openapi-validation ;; esac
exec "$(type -P helm)" "\$@"
END
fi
cat >"$work/programs/coderepo-operator" <<END
#!/bin/sh
exec "$PWD/$own_operator" "\$@"
END
chmod +x "$work/programs/"*
export PATH=$work/programs:$PATH HELM_CACHE_HOME=$work/helm HELM_CONFIG_HOME=$work/helm HELM_DATA_HOME=$work/helm

step "A newcomer: README.md"
run README.md 'On a cluster'

step "The second day: docs/operations.md"
run docs/operations.md
eventually 60 "hello is Ready" kubectl wait --for=condition=Ready crepo/hello --timeout=1s

step "Repositories of a table: docs/import.md"
run docs/import.md
eventually 60 "the imported one is Ready" kubectl --namespace team-a wait --for=condition=Ready crepo/imported --timeout=1s

step "Woken by an alert: docs/runbooks"
for page in docs/runbooks/*.md; do
  [ -z "$(blocks "$page" | grep '^run')" ] || run "$page"
done

step "An upgrade, and a larger volume: docs/install.md"
run docs/install.md 'Upgrading'
run docs/install.md 'A larger volume' 1
eventually 90 "it runs" is_running

step "Uninstalled, and installed again"
run docs/install.md 'Uninstalling' 1
run docs/install.md 'Uninstalling' 2
run docs/install.md 'Uninstalling' 3
run docs/install.md 'With Helm'
eventually 90 "it runs" is_running
run docs/install.md 'Deleting the clones too'
eventually 60 "it is gone" is_gone

step "With kustomize"
run docs/install.md 'With kustomize'
eventually 90 "it runs" is_running
sed -i 's/storage: 20Gi/storage: 40Gi/' "$work/checkout/config/manager/stateful_set.yaml"
run docs/install.md 'A larger volume' 2
eventually 90 "it runs" is_running

step "From kustomize to Helm, and to another release"
run docs/install.md 'Using what another install left' 2
eventually 90 "it runs" is_running
run docs/install.md 'Using what another install left' 1
run docs/install.md 'Uninstalling' 4

step "Every block of commands was run, here or by the one that it names"
for page in "${pages[@]}"; do
  while IFS=$'\t' read -r how line title; do
    [ "$how" = left ] || grep -qx "$page:$line" "$ran" || fail "nobody runs the commands of $page, line $line, under '$title': run them here, or say above them who does, as <!-- run by … -->"
  done < <(blocks "$page")
done
printf '\n%s blocks of commands were run, in %s s.\n' "$(sort -u "$ran" | wc -l)" "$SECONDS"

#!/usr/bin/env bash
# The main job on real parts: an API server, a git server, a repository of many files and commits, and the operator with
# the rights that config/rbac grants, no more. What is claimed is observed: by polling with a deadline, and by comparing
# bytes with what git itself gives. Ends with 0 only if all of it was seen; leaves no process and no file.
#
#   hack/demo.sh              on a control plane of its own, on this machine
#   hack/demo.sh kubeconfig   on the cluster of KUBECONFIG (its current context), in a namespace of its own; nothing is left there
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/free-port.sh
source hack/free-port.sh
# shellcheck source=hack/steps.sh
source hack/steps.sh
# shellcheck source=hack/given-cluster.sh
source hack/given-cluster.sh
project=$(pwd -P)

case ${1:-} in
  '')
    given='' namespace=default operator_namespace=coderepo-system
    ensurer=(--clusterrole=coderepo-ensurer) declarer=(--clusterrole=coderepo-declarer) scope=()
    ;;
  kubeconfig)
    given=yes namespace=$given_namespace operator_namespace=$given_namespace
    ensurer=(--role=coderepo-ensurer) declarer=(--role=coderepo-declarer) scope=("Operator__Namespaces__0=$namespace")
    ;;
  *) fail "CLUSTER is '$1': use make demo, or make demo CLUSTER=kubeconfig for the cluster of your KUBECONFIG" ;;
esac
store=$work/store
clone=$store/$namespace/hello
remote=$work/git/hello.git
reference=$work/reference
indexers=()
declaring=(Indexing__Declare__Enabled=true "Indexing__Declare__Namespace=$namespace")

put_away() {
  for indexer in "${indexers[@]}"; do
    kill -KILL "$indexer"
  done
  leave_given_cluster
}

# ---- what is looked at ----

# The status of a response to a caller with this token; its content goes to a file.
ensure() {
  curl -sS --max-time 60 --output "$work/response" --write-out '%{http_code}' --request POST --header "Authorization: Bearer $1" \
    "http://127.0.0.1:$api_port/v1/namespaces/$namespace/coderepos/hello/ensure?wait=30s"
}

token_of() { kubectl create token "$1" --namespace "$namespace" --audience coderepo-operator --duration 1h; }

# metric_is NAME VALUE [LABEL]: the sum of the metric's series, of those with the label if there is one.
metric_is() {
  http metrics >"$work/metrics" || return 1
  awk -v name="$1" -v wanted="$2" -v label="${3:-}" '
    index($1, name) == 1 && index($1, label) { sum += $2 }
    END { print name, label, sum + 0; exit sum + 0 != wanted }' "$work/metrics"
}

field() { kubectl get crepo hello --output "jsonpath=$1"; }

field_is() { [ "$(field "$1")" = "$2" ]; }

ready_is() { field_is '{.status.conditions[?(@.type=="Ready")].status}' "$1"; }

# The clone has the remote's commit, the bytes that git itself checks out, sound objects, and nothing changed or added.
clone_equals_remote() {
  [ "$(git -C "$clone" rev-parse HEAD)" = "$(git -C "$remote" rev-parse main)" ] &&
    diff -r --no-dereference --exclude=.git "$reference" "$clone" &&
    git -C "$clone" fsck --full --strict &&
    [ -z "$(git -C "$clone" status --porcelain)" ]
}

status_names_the_clone() {
  ready_is True && field_is '{.status.commit}' "$(git -C "$remote" rev-parse main)"
}

no_events_missing() {
  local reason
  for reason in "$@"; do
    kubectl get events --output 'jsonpath={range .items[?(@.involvedObject.name=="hello")]}{.reason}{"\n"}{end}' | grep -qx "$reason" ||
      { echo "no event $reason"; return 1; }
  done
}

# row_is ROW TEXT: the row's status, and the token of the one who holds it or held it last.
row_is() { [ "$(sql --command "SELECT status || ' ' || indexing_token FROM repositories WHERE name = '$1'")" = "$2" ]; }

empty() { [ -d "$1" ] && [ -z "$(ls -A "$1")" ]; }

no_repo_is_left() { [ -z "$(kubectl get crepo --output name)" ]; }

no_clone_is_left() { no_repo_is_left && [ ! -e "$clone" ]; }

# ---- the parts ----

# This project's own history; where there is none (an archive, a shallow clone), one that is made up.
make_remote() {
  mkdir -p "$work/git"
  if [ "$(git rev-parse --is-shallow-repository 2>/dev/null)" = false ] && [ "$(git rev-parse --show-toplevel)" = "$project" ]; then
    git clone --quiet --bare "$project" "$remote"
    git -C "$remote" update-ref --no-deref refs/heads/main "$(git -C "$remote" rev-parse HEAD)"
    git -C "$remote" symbolic-ref HEAD refs/heads/main
  else
    git init --quiet --bare --initial-branch=main "$remote"
    git clone --quiet "$remote" "$work/made" 2>/dev/null
    tar -c --exclude=bin --exclude=obj src tests config hack | tar -x -C "$work/made"
    for number in {1..20}; do
      date +%s.%N >"$work/made/file$number"
      git -C "$work/made" add --all
      git -C "$work/made" commit --quiet --message "Commit $number"
    done
    git -C "$work/made" push --quiet origin HEAD:main
    rm -rf "$work/made"
  fi
  git clone --quiet "$remote" "$reference"
  say "$(git -C "$reference" rev-list --count HEAD) commits, $(git -C "$reference" ls-files | wc -l) files"
}

# The same cluster, with the token of the operator's ServiceAccount in place of the user's credentials.
operator_kubeconfig() {
  local user token
  user=$(kubectl config view --minify --output 'jsonpath={.contexts[0].context.user}')
  token=$(kubectl create token coderepo-operator --namespace "$operator_namespace" --duration 1h)
  (
    umask 077
    kubectl config view --raw --minify --flatten | sed '/^users:/,$d' >"$work/operator.kubeconfig"
    printf 'users:\n- name: "%s"\n  user:\n    token: %s\n' "$user" "$token" >>"$work/operator.kubeconfig"
  )
}

own_cluster() {
  start_server "$work/control-plane.log" bash hack/control-plane.sh run "$work/control-plane"
  export KUBECONFIG=$work/control-plane/admin.kubeconfig
  eventually 60 "it is ready" test -e "$KUBECONFIG"
  # shellcheck disable=SC2046 # an option, or nothing
  show kubectl apply -k config/crd $(validate_option)
  show kubectl apply -k config/rbac
}

# The tables as they are before the operator's migration, with a row for the CodeRepo and one for nobody's.
make_tables() {
  sql --set ON_ERROR_STOP=1 --set url="$git_url" >"$work/tables.log" 2>&1 <<'END'
CREATE TABLE repositories (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text, git_url text, branch text, local_path text, status text DEFAULT 'cloned',
  file_count int, function_count int, last_indexed_commit text, last_indexed_at timestamptz,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
INSERT INTO repositories (name, git_url, branch) VALUES ('hello', :'url', 'main'), ('other', 'https://git.example.com/team/other.git', 'main');
END
}

# An indexer: takes a row, and says that it is alive until it is killed.
index() {
  local id token
  id=$(sql --command "SELECT id FROM repositories WHERE name = '$1'")
  token=$(sql --command "SELECT coderepo_claim(id => '$id', stale_after => '3 seconds')")
  while [ "$(sql --command "SELECT coderepo_heartbeat(id => '$id', token => $token)")" = t ]; do
    sleep 0.5
  done
}

start_indexer() {
  index "$1" </dev/null >"$work/indexer-$1.log" 2>&1 7>&- &
  indexers+=($!)
}

# Not the checkout: what stands in a config file or a variable there is none of the operator's business. start_operator [SETTING=VALUE...]
start_operator() {
  env KUBECONFIG="$work/operator.kubeconfig" \
    Store__Root="$store" Store__Claim=store-coderepo-operator-0 Store__Namespace="$operator_namespace" "${scope[@]}" \
    Store__VerifyInterval=00:00:02 Store__TrashGracePeriod=00:00:02 \
    Git__PermittedNetworks__0=127.0.0.0/8 \
    Indexing__ConnectionFile="$work/connection" \
    Indexing__SweepInterval=00:00:01 Indexing__Threshold=00:00:03 \
    Serving__Address=127.0.0.1 Serving__Port="$serving_port" Api__Address=127.0.0.1 Api__Port="$api_port" "$@" \
    setpriv --pdeathsig TERM "$work/bin/coderepo-operator" </dev/null >"$work/operator.log" 2>&1 7>&- &
  operator=$!
}

stop_operator() {
  local status=0 stopped=$operator
  operator=''
  kill -TERM "$stopped"
  wait "$stopped" || status=$?
  check "the operator ended with 0" test "$status" = 0
}

push_commit() {
  echo "Pushed at $(date)" >"$reference/pushed.txt"
  git -C "$reference" rm --quiet LICENSE 2>/dev/null || true
  git -C "$reference" add --all
  git -C "$reference" commit --quiet --message 'Show an update'
  git -C "$reference" push --quiet origin HEAD:main
}

# ---- the demo ----

if [ -n "$given" ]; then
  kubectl=$(bash hack/control-plane.sh kubectl)
  export PATH=$kubectl:$PATH
  take_given_cluster
  echo "This demo runs on $given_cluster, in a new namespace, and leaves nothing there." \
    "To run it on a control plane of its own instead: make demo"
  check_given_cluster
  step "Getting ready: PostgreSQL and git (a minute on a new machine, then no time), and a build (half a minute)"
  need_program curl curl
else
  echo "This demo starts a control plane of its own on this machine, and touches no other cluster." \
    "To run it on the cluster of your KUBECONFIG instead: make demo CLUSTER=kubeconfig"
  step "Getting ready: etcd, kube-apiserver, kubectl, PostgreSQL and git (minutes on a new machine, then no time), and a build (half a minute)"
  assets=$(bash hack/control-plane.sh servers)
  export PATH=$assets:$PATH
fi
postgres=$(bash hack/postgres.sh assets)
need_git
need_compiler
for program in src/Operator tests/GitServer; do
  dotnet publish "$program" --nologo --verbosity quiet --configuration Release --output "$work/bin" >"$work/build.log" 2>&1 ||
    { cat "$work/build.log"; fail "$program does not build"; }
done

step "A git server with a real repository, on loopback"
make_remote
start_server "$work/git-server.log" "$work/bin/git-server" --root "$work/git" --port-file "$work/git-port" --until-stdin-closes
eventually 20 "it listens" test -e "$work/git-port"
git_url=http://127.0.0.1:$(cat "$work/git-port")/hello.git
check "git reads $git_url" git ls-remote --exit-code "$git_url" main

if [ -n "$given" ]; then
  step "The cluster of your KUBECONFIG: a namespace, and what the operator needs there"
  enter_given_cluster
else
  step "A Kubernetes API server, on loopback"
  own_cluster
fi
eventually 30 "CodeRepos are served" kubectl get crepo

step "A PostgreSQL, on loopback, with the table of an installation that knows nothing of the operator"
start_server "$work/postgres.log" bash hack/postgres.sh run "$work/postgres"
eventually 60 "it is ready" test -s "$work/postgres/port"
postgres_port=$(cat "$work/postgres/port")
(umask 077 && echo "Host=127.0.0.1;Port=$postgres_port;Username=postgres;Password=postgres;Database=postgres" >"$work/connection")
make_tables
show sql --command 'SELECT name, branch, status FROM repositories ORDER BY name'

step "The operator, as the ServiceAccount that config/rbac grants"
serving_port=$(free_port)
api_port=$(free_port)
mkdir "$store"
operator_kubeconfig
check "that account may not read Secrets" test "$(kubectl --kubeconfig "$work/operator.kubeconfig" auth can-i list secrets --all-namespaces 2>/dev/null)" = no
start_operator
eventually 30 "/readyz responds 200" http readyz

step "A CodeRepo is applied: its clone appears on the volume"
say "(config/samples, with the address of the git server here, looked up every 5 s)"
kubectl kustomize config/samples |
  sed "s|https://git.example.com/team/hello.git|$git_url|; s|interval: 5m|interval: 5s|; s|namespace: default|namespace: $namespace|" >"$work/hello.yaml"
show kubectl apply -f "$work/hello.yaml"
eventually 30 "Ready is True, and status.commit is the remote's head" status_names_the_clone
show kubectl get crepo
check "the clone is what git clones, byte for byte, and passes git fsck" clone_equals_remote
check "coderepo_repos_cloned_total is 1" metric_is coderepo_repos_cloned_total 1

step "A commit is pushed: the clone follows"
push_commit
eventually 30 "the clone is what git clones now, byte for byte" clone_equals_remote
eventually 10 "status.commit is the new head, and Ready is True" status_names_the_clone
show kubectl get crepo
check "coderepo_repos_updated_total is 1" metric_is coderepo_repos_updated_total 1

step "The directory of the clone is deleted: it comes back"
# Moved away first: a look in the middle of a slow rm would find, and count, a damaged clone instead of a lost one.
show mv "$clone" "$work/lost"
show rm -rf "$work/lost"
eventually 30 "the clone is back, byte for byte" clone_equals_remote
eventually 10 "status.reclones is 1" field_is '{.status.reclones}' 1
eventually 10 "Ready is True" status_names_the_clone
check 'coderepo_repos_recloned_total{reason="FolderMissing"} is 1' metric_is coderepo_repos_recloned_total 1 'reason="FolderMissing"'
check "coderepo_repos_recloned_total of all reasons is 1" metric_is coderepo_repos_recloned_total 1
eventually 10 "events Cloned, Updated and Recloned" no_events_missing Cloned Updated Recloned
show kubectl get events --output custom-columns=TYPE:.type,REASON:.reason,OBJECT:.involvedObject.name,MESSAGE:.message

step "A consumer asks the Ensure API: a wiped clone is there again when the call returns; who has no right gets 403"
show kubectl create serviceaccount indexer --namespace "$namespace"
show kubectl create serviceaccount stranger --namespace "$namespace"
show kubectl create rolebinding indexer-ensures --namespace "$namespace" "${ensurer[@]}" --serviceaccount="$namespace:indexer"
show mv "$clone" "$work/lost"
check "the consumer gets 200" test "$(ensure "$(token_of indexer)")" = 200
check "the clone is what git clones, byte for byte" clone_equals_remote
sed 's/^/   /' "$work/response"
echo
check "a caller without permission gets 403" test "$(ensure "$(token_of stranger)")" = 403
check "a caller without a token gets 401" test "$(ensure none)" = 401
rm -rf "$work/lost"

step "The table is migrated while the operator runs: it recovers stuck rows from now on"
eventually 10 'coderepo_indexing_degraded{target="repositories"} is 1' metric_is coderepo_indexing_degraded 1
show env Indexing__ConnectionFile="$work/connection" "$work/bin/coderepo-operator" migrate
eventually 10 'coderepo_indexing_degraded{target="repositories"} is 0' metric_is coderepo_indexing_degraded 0

step "Two indexers take a row each and send heartbeats; one is killed: its row is reset, the other's is not touched"
start_indexer hello
start_indexer other
eventually 10 "the row hello is indexing" row_is hello "indexing 1"
eventually 10 "the row other is indexing" row_is other "indexing 1"
eventually 10 "status.indexing of the CodeRepo says so" field_is '{.status.indexing.status}' indexing
show kill -KILL "${indexers[0]}"
eventually 30 "the row hello is error, and its token is another" row_is hello "error 2"
check "the row other is still indexing" row_is other "indexing 1"
eventually 10 'IndexingHealthy of the CodeRepo is False' field_is '{.status.conditions[?(@.type=="IndexingHealthy")].status}' False
eventually 10 "an event StuckIndexingReset" no_events_missing StuckIndexingReset
check 'coderepo_indexing_rows_reset_total{target="repositories"} is 1' metric_is coderepo_indexing_rows_reset_total 1
start_indexer hello
eventually 10 "another indexer takes the row hello" row_is hello "indexing 3"
eventually 10 'IndexingHealthy of the CodeRepo is True' field_is '{.status.conditions[?(@.type=="IndexingHealthy")].status}' True
check "the row other is still indexing, by the same" row_is other "indexing 1"
show sql --command 'SELECT name, status, indexing_token, indexing_resets FROM repositories ORDER BY name'

step "The CodeRepo is deleted: the volume is clean"
show kubectl delete crepo hello --timeout=60s
check "the object is gone" no_repo_is_left
check "its directory is gone" test ! -e "$clone"
eventually 30 "nothing is left in the trash" empty "$store/.coderepo/trash"
check "nothing is left of clones in the making" empty "$store/.coderepo/tmp"

step "What the operator counted"
http metrics >"$work/metrics"
grep -E '^coderepo_(repos_cloned|repos_updated|repos_recloned|clone_failures|reconcile)_total' "$work/metrics" | sed 's/^/   /'
check "no clone failed" metric_is coderepo_clone_failures_total 0

step "The operator starts again, with rows that declare CodeRepos: a row that a service inserts is a clone, as long as the row is there"
stop_operator
show sql --command 'DELETE FROM repositories'
show env Indexing__ConnectionFile="$work/connection" "${declaring[@]}" "$work/bin/coderepo-operator" migrate
show kubectl create rolebinding coderepo-declarer --namespace "$namespace" "${declarer[@]}" \
  --serviceaccount="$operator_namespace:coderepo-operator"
start_operator "${declaring[@]}"
eventually 30 "/readyz responds 200" http readyz
show sql --command "INSERT INTO repositories (name, git_url, branch) VALUES ('hello', '$git_url', 'main')"
eventually 30 "there is a CodeRepo hello, Ready is True, and status.commit is the remote's head" status_names_the_clone
show kubectl get crepo --label-columns coderepo.dev/declared-by
check "the clone is what git clones, byte for byte, and passes git fsck" clone_equals_remote
show sql --command "DELETE FROM repositories WHERE name = 'hello'"
eventually 30 "the CodeRepo is gone, and its clone with it" no_clone_is_left
check "no clone failed" metric_is coderepo_clone_failures_total 0

step "The operator is asked to stop, and everything else ends with this script"
pids=("$operator" "${servers[@]}")
stop_operator
stop_everything || true
for pid in "${pids[@]}"; do
  check "process $pid is gone" gone "$pid"
done
servers=()
[ -z "$given" ] || check "nothing of the demo is left on the cluster" given_cluster_is_clean
rm -rf "$work"
[ ! -e "$work" ] || fail "could not remove $work"
trap - EXIT
printf '\nAll of it was seen, in %s s.\n' "$SECONDS"

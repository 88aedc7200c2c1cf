#!/usr/bin/env bash
# The chart and the image on a whole cluster, with kubectl and helm alone: install, a clone that a consumer reads, a redeploy that loses all
# clones, a stuck row, upgrades, a row that becomes a clone, indexers whose pods end, uninstall, and install again. Functions only, no load.
#
#   hack/e2e.sh    on the cluster that KUBECONFIG names; without one it starts one on this machine (hack/cluster.sh, needs root), and
#                  takes it down again
#
# On a cluster of yours, it makes and removes the namespace coderepo-system, the CRD, and the CodeRepos and pods e2e-* in the namespace default:
#   E2E_IMAGE          the operator's image, name and tag (default: the one that hack/image.sh makes)
#   E2E_IMAGE_LOAD     a command that brings an image onto the nodes, called with its archive; empty: the nodes have or pull it
#   E2E_READER_IMAGE   an image with a shell and busybox' or coreutils' programs, for consumers (default: busybox of Debian, loaded too)
#   E2E_HOST_ADDRESS   the address under which pods reach this machine, where the git server and PostgreSQL listen
#   E2E_STORAGE_CLASS  a StorageClass that gives volumes that fsGroup works on, and lets them grow (default: the cluster's)
#   E2E_HELM           helm or helm4 (default: helm)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/steps.sh
source hack/steps.sh
# shellcheck source=hack/own-cluster.sh
source hack/own-cluster.sh

namespace=coderepo-system
release=coderepo-operator
claim=store-coderepo-operator-0
pod=coderepo-operator-0
image=${E2E_IMAGE:-localhost/coderepo-operator:$version}
reader_image=${E2E_READER_IMAGE:-localhost/reader:1}
class=${E2E_STORAGE_CLASS:-}
helm=${E2E_HELM:-helm}
repos=(e2e-one e2e-two e2e-three)
declared=e2e-declared
installed='' heartbeats=''

put_away() {
  [ -z "$heartbeats" ] || kill -TERM "$heartbeats"
  if [ -n "$own_cluster" ]; then
    stop_own_cluster
  elif [ -n "$installed" ]; then
    $helm uninstall $release --namespace $namespace --wait
    kubectl delete crepo --ignore-not-found "${repos[@]}" $declared
    kubectl -n default delete pods --selector app=e2e-indexer --now
    kubectl delete namespace $namespace --ignore-not-found
    kubectl delete crd coderepos.coderepo.dev --ignore-not-found
  fi
}

explain() {
  local name
  [ -n "$installed" ] || return 0
  kubectl -n $namespace get statefulsets,jobs,pods,pvc,events
  for name in $(kubectl -n $namespace get pods --output name); do
    echo "$name:"
    kubectl -n $namespace logs "$name" --tail 5
  done
}

# An image for consumers: Debian's busybox, which needs nothing else.
make_reader_image() {
  local root=$work/reader
  mkdir -p "$root/bin" "$work/busybox"
  bash hack/fetch-packages.sh --unpack "$work/busybox" busybox-static || fail "could not fetch busybox-static"
  find "$work/busybox" -path '*/bin/busybox' -exec cp {} "$root/bin/" \;
  for program in sh cat ls rm sleep; do ln -s busybox "$root/bin/$program"; done
  echo '{"Env":["PATH=/bin"],"User":"1000:1000"}' >"$work/reader.json"
  SOURCE_DATE_EPOCH=0 bash hack/oci-archive.sh "$root" "$arch" "$reader_image" "$work/reader.json" "$work/reader.tar" >/dev/null
}

# ---- what is done and looked at ----

helm_release() { # install|upgrade OPTIONS...
  local tolerate=()
  if [ -n "$(validate_option)" ]; then
    tolerate=(--disable-openapi-validation)
    [ "$helm" != helm4 ] || tolerate+=(--server-side=false)
  fi
  $helm "$1" $release charts/coderepo-operator --namespace $namespace --values "$work/values.yaml" --wait --timeout 3m "${tolerate[@]}" "${@:2}" >"$work/helm.log" 2>&1 || { cat "$work/helm.log" >&2; fail "helm $1 failed"; }
  seen "helm $*"
}

apply_repos() {
  local repo
  for repo in "${repos[@]}"; do
    kubectl apply -f - <<END
apiVersion: coderepo.dev/v1alpha1
kind: CodeRepo
metadata: {name: $repo, namespace: default}
spec: {git_url: "$git_url"}
END
  done
}

# A pod on the claim, to its end; prints what it says: run_on_claim NAME USER READONLY SUBPATH COMMAND
run_on_claim() {
  kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: Pod
metadata: {name: $1, namespace: $namespace}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: $2, runAsGroup: $2, supplementalGroups: [65532], seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: reader
      image: $reader_image
      command: [sh, -c, "$5"]
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      volumeMounts: [{name: clones, mountPath: /code, subPath: "$4", readOnly: $3}]
  volumes: [{name: clones, persistentVolumeClaim: {claimName: $claim}}]
END
  local phase='' deadline=$((SECONDS + 60))
  until [ "$phase" = Succeeded ]; do
    phase=$(kubectl -n $namespace get pod "$1" --output 'jsonpath={.status.phase}')
    if [ "$phase" = Failed ] || [ $SECONDS -ge $deadline ]; then
      kubectl -n $namespace describe pod "$1"
      kubectl -n $namespace logs "$1"
      kubectl -n $namespace delete pod "$1" --now >/dev/null
      return 1
    fi
    sleep 0.2
  done
  kubectl -n $namespace logs "$1"
  kubectl -n $namespace delete pod "$1" --now >/dev/null
}

consumer_reads() { run_on_claim consumer 1000 true default "cat /code/$1/docs/greeting.txt" | tee "$work/consumer" | grep -Fx "$greeting" || { cat "$work/consumer"; return 1; }; }

field() { kubectl get crepo "$1" --output "jsonpath=$2"; }
all_are() { # FIELD VALUE
  local repo
  for repo in "${repos[@]}"; do
    [ "$(field "$repo" "$1")" = "$2" ] || { kubectl get crepo "$repo" --output yaml; return 1; }
  done
}
declared_is_ready() { [ "$(field $declared '{.status.conditions[?(@.type=="Ready")].status}')" = True ]; }
no_declared_is_left() { [ -z "$(kubectl get crepo $declared --ignore-not-found --output name)" ]; }
all_ready() { all_are '{.status.conditions[?(@.type=="Ready")].status}' True; }
pod_field() { kubectl -n $namespace get pod $pod --output "jsonpath=$1"; }
pod_is_ready() { [ "$(pod_field '{.metadata.uid}')" != "${1:-}" ] && [ "$(pod_field '{.status.conditions[?(@.type=="Ready")].status}')" = True ]; }
metric_is() { # NAME VALUE
  kubectl get --raw "/api/v1/namespaces/$namespace/pods/$pod:8081/proxy/metrics" |
    awk -v name="$1" -v wanted="$2" 'index($1, name) == 1 { sum += $2 } END { print name, sum + 0; exit sum + 0 != wanted }'
}
# What a pod logs goes with it: this is asked before each end of one.
nothing_forbidden() {
  kubectl -n $namespace logs $pod >"$work/operator.log"
  ! grep -iE 'forbidden|unauthorized' "$work/operator.log"
}
no_pod_is_left() { [ -z "$(kubectl -n $namespace get pods --output name)" ]; }
row_is() { [ "$(sql --command "SELECT status FROM repositories WHERE name = '$1'")" = "$2" ]; }

# An indexer that lives: it keeps its row by heartbeats.
keep_row() {
  local token
  token=$(sql --command "SELECT coderepo_claim(id => '2', stale_after => '1 hour')")
  while [ "$(sql --command "SELECT coderepo_heartbeat(id => '2', token => $token)")" = t ]; do
    sleep 0.5
  done
}

# A pod that works on nothing and ends only by force.
start_indexer_pod() { # NAME
  kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: Pod
metadata: {name: $1, namespace: default, labels: {app: e2e-indexer}}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  # So that its process is not number 1, which nobody inside can kill.
  shareProcessNamespace: true
  securityContext: {runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: indexer
      image: $reader_image
      # Kubernetes makes one $ of two.
      command: [sh, -c, 'echo \$\$\$\$ >/dev/shm/pid; exec sleep 3600']
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
END
}
indexer_field() { kubectl -n default get pod "$1" --output "jsonpath=$2"; }
indexer_runs() { [ "$(indexer_field "$1" '{.status.phase}')" = Running ]; }
claim() { [ -n "$(sql --command "SELECT coderepo_claim(id => '$1', stale_after => '1 hour', holder => '$2')")" ]; } # ROW HOLDER

# The exec may end with its container.
kill_process() { kubectl -n default exec "$1" -- sh -c 'kill -KILL $(cat /dev/shm/pid)' || true; }
delete_by_force() { kubectl -n default delete pod "$1" --grace-period=0 --force 2>&1; }

# Prints when the API server shows that a pod has ended or is gone.
when_ended() { # POD
  local event phase
  while read -r event phase; do
    echo "$event $phase" >>"$work/watched-$1"
    case "$event $phase" in DELETED\ * | *\ Failed | *\ Succeeded)
      echo "$EPOCHREALTIME"
      break ;;
    esac
  done < <(exec timeout 120 kubectl --cache-dir="$work/kubectl-cache" -n default get pod "$1" --watch --output-watch-events \
    --output 'jsonpath={.type} {.object.status.phase}{"\n"}')
  kill $! 2>/dev/null || true
}

# Prints when a row is no longer indexing. One session, so that a look takes a hundredth of a second.
when_free() { # ROW
  sql --command "SET statement_timeout = '120s'" --command "DO \$\$ BEGIN
    WHILE (SELECT status = 'indexing' FROM repositories WHERE id = $1) LOOP PERFORM pg_sleep(0.01); END LOOP; END \$\$" \
    --command 'SELECT extract(epoch FROM clock_timestamp())'
}

# The row of a pod is free soon after the API server's word that the pod has ended: end_of_holder ROW POD COMMAND
end_of_holder() {
  local row=$1 name=$2 began waiting=() ended freed
  start_indexer_pod "$name"
  eventually 60 "the pod $name runs" indexer_runs "$name"
  check "it takes a row" claim "$row" "pod/default/$name/$(indexer_field "$name" '{.metadata.uid}')"
  when_ended "$name" </dev/null >"$work/ended" 2>"$work/watch.log" 7>&- &
  waiting+=($!)
  eventually 20 "it is watched" grep -q Running "$work/watched-$name"
  when_free "$row" </dev/null >"$work/freed" 2>"$work/freed.log" 7>&- &
  waiting+=($!)
  began=$EPOCHREALTIME
  show "$3" "$name"
  wait "${waiting[@]}"
  ended=$(<"$work/ended") freed=$(<"$work/freed")
  seen "its end: $(awk "BEGIN { printf \"%.1f s later the API server shows it; the row is free %.2f s after that\", $ended - $began, $freed - $ended }")"
  # make bench measures it, at rest. Here everything runs on one machine, kubelet and clients too.
  check "that is less than five seconds" awk "BEGIN { exit !($freed - $ended < 5) }"
  check "another indexer takes the row" claim "$row" another
}

# ---- the play ----

step "Getting ready: programs, and a build"
assets=$(bash hack/control-plane.sh assets)
postgres=$(bash hack/postgres.sh assets)
export PATH=$assets:$PATH
build_git_server
[ -n "${E2E_IMAGE:-}" ] || [ -e "$archive" ] || fail "there is no image: make image"
[ -n "${E2E_READER_IMAGE:-}" ] || make_reader_image

if [ -z "${KUBECONFIG:-}" ]; then
  step "A cluster of one node, on this machine"
  start_own_cluster 1Gi
  E2E_IMAGE_LOAD='bash hack/cluster.sh import' E2E_HOST_ADDRESS=$own_address class=$own_class
fi
address=${E2E_HOST_ADDRESS:?the address under which pods reach this machine}
if [ -n "${E2E_IMAGE_LOAD:-}" ]; then
  step "The images are brought onto the nodes"
  [ -n "${E2E_IMAGE:-}" ] || show $E2E_IMAGE_LOAD "$archive"
  [ -n "${E2E_READER_IMAGE:-}" ] || show $E2E_IMAGE_LOAD "$work/reader.tar"
fi

step "A git server and a PostgreSQL, where pods reach them"
greeting="hello at $(date +%s)"
make_repository "$work/git/hello.git" "$greeting"
cp -a "$work/git/hello.git" "$work/git/declared.git" # A row needs no CodeRepo where there is one of its repository already.
start_server "$work/git-server.log" "$work/bin/git-server" --root "$work/git" --address "$address" --port-file "$work/git-port" --until-stdin-closes
eventually 30 "git is served" test -e "$work/git-port"
git_url=http://$address:$(cat "$work/git-port")/hello.git
start_server "$work/postgres.log" bash hack/postgres.sh run "$work/postgres" "listen_addresses=127.0.0.1,$address"
eventually 60 "PostgreSQL is ready" test -s "$work/postgres/port"
postgres_port=$(cat "$work/postgres/port")
echo 'host all all 0.0.0.0/0 scram-sha-256' >>"$work/postgres/data/pg_hba.conf"
sql --command 'SELECT pg_reload_conf()' >/dev/null
postgres_host=$address
eventually 10 "it takes connections at $address" sql --command 'SELECT 1'
sql --command "CREATE TABLE repositories (id int PRIMARY KEY, name text, git_url text, branch text, status text)" \
  --command "INSERT INTO repositories VALUES (1, 'stuck', '$git_url', 'main', 'indexing'), (2, 'live', 'https://git.example.com/live.git', 'main', 'cloned')"

step "helm install: the operator gets ready, and the migration has run"
cat >"$work/values.yaml" <<END
image: {repository: "${image%:*}", tag: "${image##*:}", pullPolicy: IfNotPresent}
persistence: {size: 1Gi, storageClass: "$class"}
database: {existingSecret: e2e-database}
migration: {enabled: true}
settings: {"Indexing:SweepInterval": "00:00:01", "Indexing:Threshold": "00:00:05", "Store:TrashGracePeriod": "00:00:05"}
END
installed=yes
kubectl create namespace $namespace
kubectl -n $namespace create secret generic e2e-database \
  --from-literal=connection="Host=$address;Port=$postgres_port;Username=postgres;Password=postgres;Database=postgres"
helm_release install
check "the pod is Ready" pod_is_ready
check "the table has what migrate adds" test -n "$(sql --command "SELECT 1 FROM information_schema.columns WHERE column_name = 'indexing_token'")"
keep_row </dev/null >"$work/indexer.log" 2>&1 7>&- &
heartbeats=$!

step "CodeRepos get Ready, and a consumer reads a file of one"
show apply_repos
eventually 60 "all ${#repos[@]} are Ready" all_ready
check "a restricted pod of user 1000 reads the file through subPath" consumer_reads e2e-one

step "A row whose job is dead is reset, one whose job lives is not"
eventually 30 "the row stuck is error" row_is stuck error
check "the row live is indexing" row_is live indexing

step "A redeploy: the clones are wiped, the operator's pod is killed"
check "nothing was forbidden so far" nothing_forbidden
before=$(pod_field '{.metadata.uid}')
check "another pod wipes all clones" run_on_claim wiper 65532 false '' 'rm -rf /code/default/*'
show kubectl -n $namespace delete pod $pod --grace-period=0 --force
eventually 60 "another pod is Ready" pod_is_ready "$before"
eventually 60 "all were cloned again, and counted" all_are '{.status.reclones}' 1
eventually 60 "all ${#repos[@]} are Ready" all_ready
check "the consumer reads the file again" consumer_reads e2e-one

step "helm upgrade with another setting"
check "nothing was forbidden so far" nothing_forbidden
before=$(pod_field '{.metadata.uid}')
cloned=$(field e2e-one '{.status.clonedAt}')
helm_release upgrade --set-string 'settings.Store:VerifyInterval=00:00:02'
eventually 60 "another pod is Ready" pod_is_ready "$before"
check "it has the setting" test "$(pod_field '{.spec.containers[0].env[?(@.name=="Store__VerifyInterval")].value}')" = 00:00:02

step "helm upgrade: rows declare CodeRepos, and the pods of indexers are watched"
check "nothing was forbidden so far" nothing_forbidden
before=$(pod_field '{.metadata.uid}')
sql --command "UPDATE repositories SET git_url = NULL" \
  --command "INSERT INTO repositories VALUES (3, 'killed', NULL, NULL, 'cloned'), (4, 'deleted', NULL, NULL, 'cloned')"
cat >>"$work/values.yaml" <<END
indexing:
  pods: {enabled: true, namespaces: [default], selector: app=e2e-indexer}
  declare: {enabled: true, namespace: default}
END
# No row is to be reset because of its silence.
helm_release upgrade --set-string 'settings.Store:VerifyInterval=00:00:02' --set-string 'settings.Indexing:Threshold=01:00:00'
eventually 60 "another pod is Ready" pod_is_ready "$before"

step "A row that is inserted becomes a CodeRepo, and goes with it"
sql --command "INSERT INTO repositories VALUES (5, '$declared', '${git_url%hello.git}declared.git', 'main', 'cloned')"
eventually 10 "there is a CodeRepo $declared" kubectl get crepo $declared
eventually 60 "it is Ready" declared_is_ready
sql --command "DELETE FROM repositories WHERE id = 5"
eventually 60 "the CodeRepo is gone" no_declared_is_left

step "The process of an indexer is killed, the pod of another is deleted by force: their rows are free at once"
end_of_holder 3 e2e-indexer-one kill_process
end_of_holder 4 e2e-indexer-two delete_by_force
check "two rows were reset because their pods were gone" metric_is 'coderepo_indexing_rows_reset_total{target="repositories",cause="pod_gone"}' 2
kubectl -n default delete pods --selector app=e2e-indexer --now --wait=false >/dev/null

step "helm upgrade with a larger volume"
check "nothing was forbidden so far" nothing_forbidden
helm_release upgrade --set-string 'settings.Store:VerifyInterval=00:00:02' --set persistence.size=2Gi
eventually 60 "the pod is Ready" pod_is_ready
check "the claim asks for 2Gi" test "$(kubectl -n $namespace get pvc $claim --output 'jsonpath={.spec.resources.requests.storage}')" = 2Gi
check "so does the StatefulSet" test \
  "$(kubectl -n $namespace get statefulset coderepo-operator --output 'jsonpath={.spec.volumeClaimTemplates[0].spec.resources.requests.storage}')" = 2Gi
check "all ${#repos[@]} are Ready" all_ready
check "nothing was cloned meanwhile" test "$(field e2e-one '{.status.clonedAt}')" = "$cloned"

step "helm uninstall: the CodeRepos and the volume stay, and nothing is stuck"
check "nothing was forbidden so far" nothing_forbidden
show $helm uninstall $release --namespace $namespace --wait --timeout 3m
eventually 60 "no pod is left" no_pod_is_left
check "the CodeRepos are there, none is being deleted" all_are '{.metadata.deletionTimestamp}' ''
check "they have no finalizer" all_are '{.metadata.finalizers}' ''
check "the claim is there" test "$(kubectl -n $namespace get pvc $claim --output 'jsonpath={.status.phase}')" = Bound
check "a consumer reads the clone still" consumer_reads e2e-one
show kubectl delete crepo e2e-three --timeout=30s
repos=(e2e-one e2e-two)

step "helm install again: the clones are taken as they are"
helm_release install --set persistence.size=2Gi
eventually 60 "the pod is Ready" pod_is_ready
eventually 60 "all ${#repos[@]} are Ready" all_ready
check "nothing was cloned anew" test "$(field e2e-one '{.status.clonedAt} {.status.reclones}')" = "$cloned 1"
check "coderepo_repos_cloned_total is 0" metric_is coderepo_repos_cloned_total 0
check "coderepo_repos_recloned_total is 0" metric_is coderepo_repos_recloned_total 0
check "the row live is still indexing, by the same" row_is live indexing
check "nothing was forbidden" nothing_forbidden

printf '\nAll of it was seen, in %s s.\n' "$SECONDS"

#!/usr/bin/env bash
# Measures the operator out of the image that hack/image.sh made: from its start to /readyz 200, and its memory 15 s later, with no CodeRepo
# and with 2,000 of which none is cloned (their remote refuses connections). On a real API server, three starts each. docs/BENCHMARKS.md
# has figures.
# It finds the API server as in a pod, by the files of its ServiceAccount, which are mounted for it alone: needs root. (To read a kubeconfig,
# the Kubernetes client loads each of its types.)
#
#   hack/footprint.sh [PROGRAM]    PROGRAM: another build of the operator
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" != 0 ] || [ -n "${IN_POD:-}" ] || exec env IN_POD=1 unshare --mount --propagation private bash hack/footprint.sh "$@"
# shellcheck source=hack/free-port.sh
source hack/free-port.sh
# shellcheck source=hack/steps.sh
source hack/steps.sh

[ "$(id -u)" = 0 ] || fail "needs root, to mount the files of a ServiceAccount"

image=artifacts/image/$(dpkg --print-architecture)
program=${1:-$image/root/app/coderepo-operator}
[ -x "$program" ] || fail "there is no image: make image"
assets=$(bash hack/control-plane.sh assets)
export PATH=$assets:$PATH

start() { # WITH
  local port store=$work/store began
  port=$(free_port)
  mkdir -p "$store"
  began=$EPOCHREALTIME
  env --unset=KUBECONFIG HOME=/nonexistent KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT="$api_server_port" DOTNET_EnableDiagnostics=0 \
    Store__Root="$store" Store__Claim=store-coderepo-operator-0 Store__Namespace=coderepo-system Operator__Namespaces__0=default \
    Serving__Address=127.0.0.1 Serving__Port="$port" Api__Address=127.0.0.1 Api__Port="$(free_port)" Git__PermittedNetworks__0=127.0.0.0/8 "$program" >"$work/operator.log" 2>&1 7>&- &
  operator=$!
  until curl -fs --max-time 5 -o /dev/null "http://127.0.0.1:$port/readyz"; do
    gone "$operator" && fail "the operator ended by itself"
    sleep 0.005
  done
  say "$1: ready after $(awk "BEGIN { printf \"%.0f\", ($EPOCHREALTIME - $began) * 1000 }") ms"
  sleep 15 # It is at rest then.
  awk '/^(Rss|Pss|Pss_Anon):/ { printf "   %s %.0f MB", $1, $2 * 1024 / 1e6 } END { print "" }' "/proc/$operator/smaps_rollup"
  kill -TERM "$operator"
  wait "$operator"
  operator=''
}

start_server "$work/control-plane.log" bash hack/control-plane.sh run "$work/control-plane"
export KUBECONFIG=$work/control-plane/admin.kubeconfig
eventually 60 "an API server is ready" test -e "$KUBECONFIG"
# shellcheck disable=SC2046 # an option, or nothing
kubectl apply -k config/crd $(validate_option)
kubectl apply -k config/rbac
eventually 30 "CodeRepos are served" kubectl get crepo
api_server_port=$(kubectl config view --output 'jsonpath={.clusters[0].cluster.server}' | sed 's/.*://')
mount -t tmpfs -o mode=755 tmpfs /run
account=/run/secrets/kubernetes.io/serviceaccount
mkdir -p $account
kubectl create token coderepo-operator --namespace coderepo-system --duration 1h >$account/token
kubectl config view --raw --output 'jsonpath={.clusters[0].cluster.certificate-authority-data}' | base64 --decode >$account/ca.crt
printf coderepo-system >$account/namespace
say "load: $(cut -d' ' -f1-3 /proc/loadavg); root file system: $(du --bytes --summarize "$image/root" | cut -f1) bytes"
for _ in 1 2 3; do start "no CodeRepo"; done
for number in {1..2000}; do
  printf -- '---\napiVersion: coderepo.dev/v1alpha1\nkind: CodeRepo\nmetadata: {name: repo-%s, namespace: default}\nspec: {git_url: "http://127.0.0.1:9/%s.git"}\n' $number $number
done >"$work/repos.yaml"
kubectl create -f "$work/repos.yaml" >/dev/null
for _ in 1 2 3; do start "2,000 CodeRepos, none cloned"; done

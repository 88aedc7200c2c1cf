#!/usr/bin/env bash
# Measures the operator out of the image that hack/image.sh made: from its start to /readyz 200, and its memory 15 s later, with no CodeRepo
# and with 2,000 of which none is cloned (their remote refuses connections). On a real API server, three starts each. docs/BENCHMARKS.md
# has figures.
#
#   hack/footprint.sh [PROGRAM]    PROGRAM: another build of the operator
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/free-port.sh
source hack/free-port.sh
# shellcheck source=hack/steps.sh
source hack/steps.sh

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
  env DOTNET_EnableDiagnostics=0 Store__Root="$store" Store__Claim=store-footprint-0 Store__Namespace=default Operator__Namespaces__0=default \
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
eventually 30 "CodeRepos are served" kubectl get crepo
say "load: $(cut -d' ' -f1-3 /proc/loadavg); root file system: $(du --bytes --summarize "$image/root" | cut -f1) bytes"
for _ in 1 2 3; do start "no CodeRepo"; done
for number in {1..2000}; do
  printf -- '---\napiVersion: coderepo.dev/v1alpha1\nkind: CodeRepo\nmetadata: {name: repo-%s, namespace: default}\nspec: {git_url: "http://127.0.0.1:9/%s.git"}\n' $number $number
done >"$work/repos.yaml"
kubectl create -f "$work/repos.yaml" >/dev/null
for _ in 1 2 3; do start "2,000 CodeRepos, none cloned"; done

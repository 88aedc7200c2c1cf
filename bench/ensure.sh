#!/usr/bin/env bash
# Measures a warm ensure over HTTP, authenticated, and nginx serving a file of the same size, in turns, by wrk with 64 connections. On a real
# API server, with the operator as it is published, or another build of it. docs/BENCHMARKS.md says what is wanted.
#
#   bench/ensure.sh [PROGRAM]       SECONDS_EACH=10 ROUNDS=3; PROGRAM: the operator to measure
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/free-port.sh
source hack/free-port.sh
# shellcheck source=hack/steps.sh
source hack/steps.sh

seconds=${SECONDS_EACH:-10} rounds=${ROUNDS:-3} connections=64
program=${1:-}

# It does not end with its standard input.
put_away() { [ ! -e "$work/nginx.pid" ] || kill -TERM "$(cat "$work/nginx.pid")"; }

# The clone is answered with 200.
is_warm() {
  curl -fsS --max-time 30 --output "$work/answer" --request POST --header "Authorization: Bearer $token" "$url"
}

# One run of wrk: requests a second and the 99th percentile in ms; fails if an answer was not 2xx: load NAME URL
load() {
  wrk --threads 2 --connections $connections --duration "${seconds}s" --latency --script "$work/$1.lua" "$2" >"$work/wrk-$1" 2>&1 || { cat "$work/wrk-$1" >&2; fail "wrk failed"; }
  ! grep -E 'Non-2xx|Socket errors' "$work/wrk-$1" >&2 || fail "$1 did not answer all"
  awk -v name="$1" '
    /^ +99%/ { p99 = $2; if (p99 ~ /us$/) p99 = p99 / 1000; else if (p99 ~ /ms$/) p99 += 0; else p99 *= 1000 }
    /^Requests\/sec/ { rate = $2 }
    END { printf "%s %.0f %.2f\n", name, rate, p99 }' "$work/wrk-$1"
}

step "Getting ready: programs, a build, an API server, a git server"
assets=$(bash hack/control-plane.sh assets)
export PATH=$assets:$PATH
need_git
need_program wrk wrk
need_program nginx nginx-light
if [ -z "$program" ]; then
  bash hack/publish.sh "$(dpkg --print-architecture)" "$work/bin" >"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log"; fail "the operator does not build"; }
  program=$work/bin/coderepo-operator
fi
dotnet publish tests/GitServer --nologo --verbosity quiet --configuration Release --output "$work/git-server" >"$work/build.log" 2>&1 || { cat "$work/build.log"; fail "the git server does not build"; }
git init --quiet --bare --initial-branch=main "$work/git/hello.git"
git clone --quiet "$work/git/hello.git" "$work/made" 2>/dev/null
git -C "$work/made" commit --quiet --allow-empty --message first
git -C "$work/made" push --quiet origin HEAD:main
start_server "$work/git-server.log" "$work/git-server/git-server" --root "$work/git" --port-file "$work/git-port" --until-stdin-closes
start_server "$work/control-plane.log" bash hack/control-plane.sh run "$work/control-plane"
export KUBECONFIG=$work/control-plane/admin.kubeconfig
eventually 60 "the API server is ready" test -e "$KUBECONFIG"
kubectl apply -k config/crd --validate=false >/dev/null
kubectl apply -k config/rbac >/dev/null
eventually 30 "CodeRepos are served" kubectl get crepo
kubectl create serviceaccount caller --namespace default >/dev/null
kubectl create rolebinding caller --namespace default --clusterrole=coderepo-ensurer --serviceaccount=default:caller >/dev/null
token=$(kubectl create token caller --namespace default --audience coderepo-operator --duration 1h)

step "The operator, with one clone"
account=$(kubectl create token coderepo-operator --namespace coderepo-system --duration 1h)
(umask 077 && sed "s|^\( *token:\).*|\1 $account|" "$KUBECONFIG" >"$work/operator.kubeconfig")
mkdir "$work/store"
serving_port=$(free_port) api_port=$(free_port)
url=http://127.0.0.1:$api_port/v1/namespaces/default/coderepos/hello/ensure
env KUBECONFIG="$work/operator.kubeconfig" Store__Root="$work/store" Store__Claim=store-coderepo-operator-0 Store__Namespace=coderepo-system \
  Git__PermittedNetworks__0=127.0.0.0/8 Serving__Address=127.0.0.1 Serving__Port="$serving_port" Api__Address=127.0.0.1 Api__Port="$api_port" \
  Api__RequestsPerSecond=0 "$program" </dev/null >"$work/operator.log" 2>&1 7>&- &
operator=$!
kubectl apply --validate=false -f - >/dev/null <<END
{apiVersion: coderepo.dev/v1alpha1, kind: CodeRepo, metadata: {name: hello, namespace: default},
 spec: {git_url: "http://127.0.0.1:$(cat "$work/git-port")/hello.git", interval: 0s}}
END
eventually 30 "it is answered 200" is_warm

step "nginx, with a file of the same size"
nginx_port=$(free_port)
mkdir "$work/served"
cp "$work/answer" "$work/served/answer"
cat >"$work/nginx.conf" <<END
daemon off;
user root;
worker_processes 2;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  server { listen 127.0.0.1:$nginx_port reuseport; root $work/served; default_type application/json; }
}
END
start_server "$work/nginx.out" "$(PATH=$PATH:/usr/sbin command -v nginx)" -c "$work/nginx.conf"
echo "wrk.headers['Authorization'] = 'Bearer $token'" >"$work/nginx.lua"
{ cat "$work/nginx.lua"; echo "wrk.method = 'POST'"; } >"$work/operator.lua"
eventually 10 "it answers" curl -fsS --output /dev/null "http://127.0.0.1:$nginx_port/answer"

step "In turns, ${seconds} s each, $connections connections"
load operator "$url" >/dev/null # Until its code is compiled for speed.
for ((round = 0; round < rounds; round++)); do
  load nginx "http://127.0.0.1:$nginx_port/answer"
  load operator "$url"
done | tee "$work/figures" | sed 's/$/ ms p99/; s/^/   /'
awk '
  $1 == "operator" { ours += $2; if ($3 > worst) worst = $3 }
  $1 == "nginx" { theirs += $2 }
  END { printf "   ratio %.2f (wanted: 0.70 or more), longest p99 %.2f ms (wanted: below 5)\n", ours / theirs, worst; exit ours / theirs < 0.7 || worst >= 5 }
' "$work/figures" || say "that is less than wanted"
grep -E '^coderepo_(ensure_requests_total\{result="warm"|api_reviews_total\{.*granted)' <(curl -fsS "http://127.0.0.1:$serving_port/metrics") | sed 's/^/   /'

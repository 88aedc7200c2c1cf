#!/usr/bin/env bash
# Runs the image's root file system as a container would: a root of its own that is read-only, user 65532, no capabilities, process 1, few
# variables. So it shows that nothing is missing in it: it speaks to an API server over TLS, clones over HTTP and HTTPS, and
# migrates a table. Needs root.
#
#   hack/image-test.sh                 test the image that hack/image.sh made
#   WITHOUT=PATH hack/image-test.sh    the same without a file of it, such as usr/lib/*/libssl.so.3: must fail
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/free-port.sh
source hack/free-port.sh
# shellcheck source=hack/steps.sh
source hack/steps.sh

[ "$(id -u)" = 0 ] || fail "needs root, to change the root of a process"
arch=$(dpkg --print-architecture)
image=artifacts/image/$arch
root=$work/root
store=$work/store
clones=$store/default

# Mounts what a kubelet would, and becomes the program. Runs in a mount namespace of its own, which takes the mounts with it.
enter() {
  local environment device
  mount --bind "$root" "$root"
  mount --bind "$store" "$root/store"
  mount --bind "$work/mounted" "$root/etc/coderepo"
  [ ! -e "$root/etc/ssl/certs/ca-certificates.crt" ] || mount --bind "$work/bundle.pem" "$root/etc/ssl/certs/ca-certificates.crt"
  mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o nosuid,noexec,mode=755 tmpfs "$root/dev"
  for device in null zero full random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -o remount,bind,ro "$root"
  mapfile -t environment < <(sed -n 's/^"Env":\[\(.*\)\],$/\1/p' "$image/config.json" | tr , '\n' | tr -d '"')
  exec env -i "${environment[@]}" "${settings[@]}" "$(command -v setpriv)" --no-new-privs "$(command -v chroot)" --userspec=65532:65532 --groups=65532 "$root" \
    "$(sed -n 's/^"Entrypoint":\["\(.*\)"\],$/\1/p' "$image/config.json")" "$@"
}

# The kernel ends what is in the process namespace when unshare ends.
in_image() { unshare --mount --pid --fork --kill-child --propagation private bash -euc "$(declare -f enter); $(declare -p root store work image settings); enter \"\$@\"" - "$@"; }

# The innermost process of a shell, unshare and the program. unshare takes no SIGTERM.
innermost() {
  local process=$1 child
  while child=$(cat "/proc/$process/task/$process/children") && [ -n "$child" ]; do
    process=${child%% *}
  done
  echo "$process"
}
put_away() { [ -z "$operator" ] || kill -TERM "$(innermost "$operator")"; }

operator_is() { grep -qE "$1" "/proc/$process/status"; }
root_is_read_only() { awk '$5 == "/" { print $6; found = $6 ~ /^ro(,|$)/ } END { exit !found }' "/proc/$process/mountinfo"; }
is_ready() { [ "$(kubectl get crepo "$1" --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ] || { kubectl get crepo "$1" --output yaml; return 1; }; }
same_as_git() { diff -r --no-dereference --exclude=.git "$work/reference" "$clones/$1" && git -C "$clones/$1" fsck --full --strict; }

not() { ! "$@"; }

asks_for_usage() { # ARGUMENT...
  local status=0
  in_image "$@" || status=$?
  [ $status = 2 ] && grep -q '^usage: ' "$work/last"
}

# Whether the quickest of ten runs took no longer than that: others have a share in the slower ones.
quick() { # MILLISECONDS COMMAND...
  local most=$1 quickest=60000 began took
  shift
  for _ in {1..10}; do
    began=$(date +%s%N)
    "$@" >/dev/null || return
    took=$((($(date +%s%N) - began) / 1000000))
    [ $took -ge $quickest ] || quickest=$took
  done
  say "the quickest of ten took $quickest ms from the start of the process to its end"
  [ $quickest -le "$most" ]
}

# An authority, and a certificate of it for 127.0.0.1: make_certificate NAME
make_certificate() {
  local files=$work/$1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=authority of $1" -keyout "$files-ca.key" -out "$files-ca.crt"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$files.key" -out "$files.csr"
  openssl x509 -req -in "$files.csr" -CA "$files-ca.crt" -CAkey "$files-ca.key" -CAcreateserial -days 2 -out "$files.crt" \
    -extfile <(echo subjectAltName=IP:127.0.0.1)
} 2>/dev/null

start_git_server() { # NAME OPTIONS...
  local name=$1
  shift
  start_server "$work/$name.log" "$work/bin/git-server" --root "$work/git" --port-file "$work/$name.port" --until-stdin-closes "$@"
  eventually 30 "it listens: $name" test -e "$work/$name.port"
}

apply_repo() { # NAME SCHEME SERVER
  kubectl apply -f - <<END
apiVersion: coderepo.dev/v1alpha1
kind: CodeRepo
metadata: {name: $1, namespace: default}
spec: {git_url: "$2://127.0.0.1:$(cat "$work/$3.port")/hello.git"}
END
}

step "Getting ready: the servers, and a build"
assets=$(bash hack/control-plane.sh assets)
postgres=$(bash hack/postgres.sh assets)
export PATH=$assets:$PATH
[ -e "$image/config.json" ] || fail "there is no image: make image"
build_git_server
cp --archive "$image/root" "$root"
mkdir -p "$root"/{store,etc/coderepo} "$work/mounted" "$store"
[ -z "${WITHOUT:-}" ] || { say "without $WITHOUT"; rm "$root"/$WITHOUT; }
size=$(du --bytes --summarize "$image/root" | cut -f1)
check "the root file system has $size bytes, less than 150 MB" test "$size" -lt 150000000
settings=()

step "Three git servers, on loopback: HTTP; HTTPS by an authority in the image's bundle; HTTPS by one that only a setting names"
make_repository "$work/git/hello.git" hello
git clone --quiet "$work/git/hello.git" "$work/reference"
make_certificate bundled
make_certificate named
cat "$image/root/etc/ssl/certs/ca-certificates.crt" "$work/bundled-ca.crt" >"$work/bundle.pem"
start_git_server plain
start_git_server bundled --certificate "$work/bundled.crt" --key "$work/bundled.key"
start_git_server named --certificate "$work/named.crt" --key "$work/named.key"

step "A Kubernetes API server, and a PostgreSQL, on loopback"
start_server "$work/control-plane.log" bash hack/control-plane.sh run "$work/control-plane"
export KUBECONFIG=$work/control-plane/admin.kubeconfig
eventually 60 "the API server is ready" test -e "$KUBECONFIG"
# shellcheck disable=SC2046 # an option, or nothing
show kubectl apply -k config/crd $(validate_option)
show kubectl apply -k config/rbac
eventually 30 "CodeRepos are served" kubectl get crepo
start_server "$work/postgres.log" bash hack/postgres.sh run "$work/postgres"
eventually 60 "PostgreSQL is ready" test -s "$work/postgres/port"
postgres_port=$(cat "$work/postgres/port")
sql --command "CREATE TABLE repositories (id int PRIMARY KEY, git_url text, branch text, status text); INSERT INTO repositories VALUES (1, 'x', 'main', 'cloned')"

step "The operator, out of the image, as the ServiceAccount that config/rbac grants"
token=$(kubectl create token coderepo-operator --namespace coderepo-system --duration 1h)
sed "s|^\( *token:\).*|\1 $token|" "$KUBECONFIG" >"$work/mounted/kubeconfig"
cp "$work/named-ca.crt" "$work/mounted/named-ca.crt"
echo "Host=127.0.0.1;Port=$postgres_port;Username=postgres;Password=postgres;Database=postgres" >"$work/mounted/connection"
chown -R 65532:65532 "$work/mounted" "$store"
chmod -R u=rX,go= "$work/mounted"
serving_port=$(free_port)
settings=(KUBECONFIG=/etc/coderepo/kubeconfig Store__Root=/store Store__Claim=store-coderepo-operator-0 Store__Namespace=coderepo-system
  Git__PermittedNetworks__0=127.0.0.0/8 Git__TrustedCertificates=/etc/coderepo/named-ca.crt Indexing__ConnectionFile=/etc/coderepo/connection
  Indexing__SweepInterval=00:00:01 Serving__Address=127.0.0.1 Serving__Port="$serving_port" Api__Address=127.0.0.1 Api__Port="$(free_port)" TZ=Europe/Berlin)
in_image <"$work/stdin" >"$work/operator.log" 2>&1 7>&- &
operator=$!
eventually 30 "/readyz responds 200" http readyz
process=$(innermost "$operator")
check "it is process 1 of its own" operator_is '^NSpid:.*\s1$'
check "it is user and group 65532" operator_is '^Uid:(\s65532){4}$'
check "it has no capabilities" operator_is '^CapEff:\s0+$'
check "it can gain none" operator_is '^NoNewPrivs:\s1$'
check "its root is read-only" root_is_read_only
check "/metrics responds" http metrics

step "It clones over HTTP and HTTPS"
apply_repo plain http plain
apply_repo bundled https bundled
apply_repo named https named
for repo in plain bundled named; do
  eventually 30 "$repo is Ready" is_ready $repo
  check "its clone is what git clones, byte for byte" same_as_git $repo
done

step "Its commands work too"
check "--help" in_image --help
check "migrate --dry-run" in_image migrate --dry-run
check "nothing was changed" test -z "$(sql --command "SELECT 1 FROM information_schema.columns WHERE column_name = 'indexing_token'")"
check "migrate" in_image migrate
check "the table was changed" test -n "$(sql --command "SELECT 1 FROM information_schema.columns WHERE column_name = 'indexing_token'")"
check "sweep" in_image sweep
check "ensure finds a clone" in_image ensure default/plain --store /store
check "ensure says that one can't be had" not in_image ensure default/none --store /store --api http://127.0.0.1:1 --wait 1s
quick 50 "$image/root/app/coderepo-operator" ensure default/plain --store "$store" || fail "not so: a warm ensure takes 50 ms at most"
check "ensure says how it is used" asks_for_usage ensure default/plain

step "It stops in order"
http metrics >"$work/metrics"
check "it has swept the table" grep -qE '^coderepo_indexing_sweeps_total\{.*result="swept"\} [1-9]' "$work/metrics"
resident=$(awk '/^Rss:/ { print $2 * 1024 }' "/proc/$process/smaps_rollup")
say "resident: $resident bytes, of which $(awk '/^Pss_Anon:/ { print $2 * 1024 }' "/proc/$process/smaps_rollup") are not of files"
kill -TERM "$process"
status=0
wait "$operator" || status=$?
operator=''
check "it ended with 0" test $status = 0
check "its log has no word of something missing" test -z "$(grep -iE 'exception|cannot open|no such file|not found|unhandled|denied|forbidden' "$work/operator.log")"
printf '\nAll of it was seen, in %s s.\n' "$SECONDS"

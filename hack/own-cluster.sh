# To be sourced after steps.sh by a script that wants a whole cluster of one node on this machine (hack/cluster.sh, needs root), which it
# takes down again with stop_own_cluster.
# shellcheck disable=SC2034,SC2154 # $work is of steps.sh; the others are for the script.
# shellcheck source=hack/cache.sh
source hack/cache.sh

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
arch=$(dpkg --print-architecture)
archive=artifacts/coderepo-operator-$version-$arch.tar # The operator's image, as hack/image.sh makes it.
own_address=10.244.0.1                                 # Under which pods reach this machine.
own_class=local                                        # The StorageClass of its one volume.
own_cluster=''

# containerd's package would start it, so its files are taken out of it.
node_tools() {
  local tools=$cache/containerd
  bash hack/apt.sh iptables iproute2 procps openssl curl gcc libc6-dev >&2
  if [ ! -x "$tools/usr/bin/containerd" ]; then
    mkdir "$work/containerd"
    bash hack/fetch-packages.sh --unpack "$work/containerd" containerd runc containernetworking-plugins ||
      fail "could not fetch containerd"
    mkdir -p "$cache"
    rm -rf "$tools"
    mv -T "$work/containerd" "$tools"
  fi
  echo "$tools"
}

# start_own_cluster SIZE: with one volume of this size, by what it says of itself.
start_own_cluster() {
  local tools
  [ "$(id -u)" = 0 ] || fail "needs root to start a cluster; or set KUBECONFIG to one of yours"
  tools=$(node_tools)
  K8S_BIN=$(bash hack/control-plane.sh node)
  export K8S_BIN CNI_BIN=$tools/usr/lib/cni CLUSTER_DIR=$work/cluster PATH=$tools/usr/bin:$tools/usr/sbin:$PATH
  own_cluster=yes
  show bash hack/cluster.sh up
  KUBECONFIG=$(bash hack/cluster.sh kubeconfig)
  export KUBECONFIG
  make_volume "$1"
}

stop_own_cluster() {
  [ -z "$own_cluster" ] || bash hack/cluster.sh down >"$work/down.log" 2>&1 || cat "$work/down.log" >&4
}

own_ctr() { ctr --address "$CLUSTER_DIR/run/containerd.sock" --namespace k8s.io "$@"; }

# Nothing provides volumes there: a directory of the node waits for a claim.
make_volume() {
  kubectl apply -f - >/dev/null <<END
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: $own_class, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
END
  mkdir "$work/volume"
  kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: PersistentVolume
metadata: {name: local}
spec:
  capacity: {storage: $1}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: $own_class
  local: {path: "$work/volume"}
  nodeAffinity:
    required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [cluster-node]}]}]}
END
}

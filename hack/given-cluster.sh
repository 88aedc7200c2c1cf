# To be sourced after steps.sh by a script that may run on a cluster of the user's. It takes the cluster of KUBECONFIG, and makes a
# namespace there, with the rights of an operator that handles this namespace alone (as with the chart's watchNamespaces), and the CRD
# where there is none. put_away calls leave_given_cluster, which removes all of it: what is not in the namespace has a label.
# shellcheck disable=SC2154 # $work is of steps.sh.

given_namespace=coderepo-demo-$(od -An -N 5 -t x1 /dev/urandom | tr -d ' \n')
given_label=coderepo.dev/demo=$given_namespace
given_crd=coderepos.coderepo.dev
given_entered=''

# A copy of the current context alone: whoever switches to another context meanwhile does not send the script there.
take_given_cluster() {
  local copy=$work/given.kubeconfig
  [ -n "${KUBECONFIG:-}" ] ||
    fail "KUBECONFIG is not set: name the kubeconfig of the cluster, as in KUBECONFIG=~/.kube/config make demo CLUSTER=kubeconfig"
  (umask 077 && kubectl config view --raw --minify --flatten >"$copy" 2>"$work/last") ||
    fail "kubectl finds no cluster in KUBECONFIG=$KUBECONFIG: $(tail -n 1 "$work/last"). Choose one with kubectl config use-context"
  given_cluster="the cluster $(kubectl config view --minify --output 'jsonpath={.clusters[0].cluster.server}') of your KUBECONFIG"
  given_cluster+=" (context $(kubectl config current-context))"
  export KUBECONFIG=$copy
  kubectl config set-context --current --namespace="$given_namespace" >/dev/null
}

unusable() { fail "the cluster can't be used: $1. $2, or use make demo, which needs no cluster"; }

# Fails, with what to do, where the script could not run to its end. Changes nothing.
check_given_cluster() {
  local kind verb lacking='' crd everywhere
  kubectl get --raw /version --request-timeout=10s >/dev/null 2>"$work/last" ||
    unusable "$(tail -n 1 "$work/last")" "Get kubectl version to work with this KUBECONFIG"
  crd=$(given_crd_name) || unusable "you may not get the CRD $given_crd" "Use the kubeconfig of an administrator"
  for kind in namespaces clusterrolebindings.rbac.authorization.k8s.io customresourcedefinitions.apiextensions.k8s.io; do
    for verb in create list delete; do
      # The cluster's own CRD is only looked at.
      [[ $kind != customresource* || -z $crd || $verb = list ]] || continue
      kubectl auth can-i "$verb" "$kind" --quiet 2>/dev/null || lacking+="${lacking:+, }$verb $kind"
    done
  done
  [ -z "$lacking" ] || unusable "you may not $lacking" "Use the kubeconfig of an administrator"
  # It would handle the demo's CodeRepo too.
  everywhere=$(operators_of_all_namespaces) || unusable "$(tail -n 1 "$work/last")" "Use the kubeconfig of an administrator"
  [ -z "$everywhere" ] ||
    unusable "an operator ($everywhere) handles all namespaces there, and would handle the demo's too" "Choose another cluster"
}

operators_of_all_namespaces() {
  kubectl get statefulsets --all-namespaces --selector app.kubernetes.io/name=coderepo-operator --output \
    'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.spec.template.spec.containers[*].env[*].name}{"\n"}{end}' 2>"$work/last" |
    sed '/ Operator__Namespaces__0/d; s/ .*//; /^$/d' | paste --serial --delimiters=,
}

given_crd_name() { kubectl get customresourcedefinition $given_crd --ignore-not-found --output name 2>"$work/last"; }

enter_given_cluster() {
  given_entered=yes
  set_up_given_cluster | sed 's/^/   /'
}

set_up_given_cluster() {
  local need
  kubectl create --filename=- <<END_OF_NAMESPACE
apiVersion: v1
kind: Namespace
metadata: {name: $given_namespace, labels: {"${given_label%=*}": "${given_label#*=}"}}
END_OF_NAMESPACE
  if [ -n "$(given_crd_name)" ]; then
    echo "the cluster has the CRD already: it stays as it is"
  else
    # shellcheck disable=SC2046 # an option, or nothing
    kubectl kustomize config/crd | labelled | kubectl create $(validate_option) --filename=-
  fi
  for need in service_account {coderepos,events,store_lease}_{role,role_binding} coderepo_ensurer_role declarer_role; do
    sed "s/ClusterRole/Role/; s/namespace: coderepo-system/namespace: $given_namespace/" config/rbac/$need.yaml
    echo ---
  done | kubectl create --filename=-
  # Only this one is for the whole cluster: to ask whose a caller's token is.
  sed "s/name: coderepo-operator-auth-delegator/name: $given_namespace/; s/namespace: coderepo-system/namespace: $given_namespace/" \
    config/rbac/auth_delegator_role_binding.yaml | labelled | kubectl create --filename=-
}

labelled() { kubectl label --local --filename=- "$given_label" --output yaml; }

# Called while the operator still runs, if it ever did: it takes its finalizer off.
leave_given_cluster() {
  [ -n "$given_entered" ] || return 0
  remove_from_given_cluster >"$work/removed.log" 2>&1
  if given_cluster_is_clean >>"$work/removed.log" 2>&1; then
    given_entered=''
  else
    printf '%s: not everything could be removed from the cluster. Look with: %s --selector %s\n' \
      "$script" 'kubectl get namespaces,clusterrolebindings,crd' "$given_label" >&4
  fi
}

given_cluster_is_clean() {
  local left
  left=$(kubectl get namespaces,clusterrolebindings,customresourcedefinitions --selector "$given_label" --output name \
    --request-timeout=10s) || return
  [ -z "$left" ] || { echo "still there: $left"; return 1; }
}

remove_from_given_cluster() {
  local repo
  if [ -n "$(given_crd_name)" ]; then
    kubectl delete coderepos --all --timeout=20s
    for repo in $(kubectl get coderepos --output name); do
      kubectl patch "$repo" --type=merge --patch '{"metadata":{"finalizers":null}}'
    done
  fi
  kubectl delete clusterrolebindings --selector "$given_label"
  kubectl delete namespaces --selector "$given_label" --wait=false
  is_served_by_controllers || end_namespace
  kubectl wait --for=delete "namespace/$given_namespace" --timeout=120s
  if [ -z "$(kubectl get customresourcedefinitions --selector "$given_label" --output name)" ]; then
    return
  elif [ -z "$(kubectl get coderepos --all-namespaces --output name)" ]; then
    kubectl delete customresourcedefinitions --selector "$given_label" --timeout=60s
  else
    kubectl label customresourcedefinition $given_crd "${given_label%=*}-"
    printf '%s: the CRD %s stays on the cluster, since there are CodeRepos of others now.\n' "$script" $given_crd >&4
  fi
}

# A control plane for tests (hack/control-plane.sh, envtest) has no controllers: nobody makes service accounts there, and no namespace
# ever ends by itself.
is_served_by_controllers() { kubectl get serviceaccount default --namespace default; }

end_namespace() {
  [ -n "$(kubectl get namespaces --selector "$given_label" --output name)" ] || return 0
  kubectl delete events,leases,rolebindings,roles,serviceaccounts,secrets,configmaps --all
  kubectl replace --raw "/api/v1/namespaces/$given_namespace/finalize" --filename=- <<END_OF_NAMESPACE
{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"$given_namespace"},"spec":{"finalizers":[]}}
END_OF_NAMESPACE
}

{{/*
What all objects are called: the release, if its name says what it is. At most 40 letters, so that what hooks and controllers add to them
stays within the 63 of a label.
*/}}
{{- define "coderepo-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What a StatefulSet and its claims are found by. It can never change, so no version may be in it. */}}
{{- define "coderepo-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "coderepo-operator.labels" -}}
{{ include "coderepo-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "coderepo-operator.image" -}}
{{- with .Values.image -}}
{{- .repository -}}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "coderepo-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "coderepo-operator.fullname" .) -}}
{{- else -}}
{{- required "serviceAccount.name is missing: name the ServiceAccount to use, or let serviceAccount.create be true." .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The claim of the one replica; the Lease of the store has this name too. */}}
{{- define "coderepo-operator.claim" -}}
{{- .Values.persistence.existingClaim | default (printf "store-%s-0" (include "coderepo-operator.fullname" .)) -}}
{{- end -}}

{{/* The Secret with the connection string; empty: no database. */}}
{{- define "coderepo-operator.databaseSecret" -}}
{{- with .Values.database -}}
{{- if and .connection .existingSecret -}}
{{- fail "database.connection and database.existingSecret are both set: set one of them." -}}
{{- end -}}
{{- if .existingSecret -}}
{{- .existingSecret -}}
{{- else if .connection -}}
{{- printf "%s-database" (include "coderepo-operator.fullname" $) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Environment variables out of .Values.settings: Section:Name, or Section__Name, and a value, a list or an object. */}}
{{- define "coderepo-operator.settings" -}}
{{- $ofChart := dict
  "store__root" "it is fixed"
  "store__claim" "use persistence.existingClaim"
  "store__namespace" "it is the namespace of the release"
  "store__node" "it is the node of the pod"
  "serving__port" "it is fixed"
  "api__port" "it is fixed"
  "api__enabled" "use api.enabled"
  "api__certificate" "use api.tls.existingSecret"
  "api__key" "use api.tls.existingSecret"
  "hooks__secrets" "use webhooks"
  "operator__namespaces" "use watchNamespaces"
  "indexing__podnamespaces" "use indexing.pods.namespaces"
  "indexing__podselector" "use indexing.pods.selector"
  "indexing__declare__enabled" "use indexing.declare.enabled"
  "indexing__declare__namespace" "use indexing.declare.namespace"
  "indexing__declare__prune" "use indexing.declare.prune"
  "indexing__declare__secrets" "use indexing.declare.secrets"
-}}
{{- if include "coderepo-operator.databaseSecret" . -}}
{{- $_ := set $ofChart "indexing__connectionfile" "it is where the Secret of database is mounted" -}}
{{- end -}}
{{- if .Values.gitCredentials -}}
{{- $_ := set $ofChart "git__credentials" "use gitCredentials" -}}
{{- end -}}
{{- range $setting, $value := .Values.settings }}
{{- $name := $setting | replace ":" "__" }}
{{- range $taken, $hint := $ofChart }}
{{- if or (eq (lower $name) $taken) (hasPrefix (printf "%s__" $taken) (lower $name)) -}}
{{- fail (printf "settings: %s can't be set here: %s." $setting $hint) -}}
{{- end -}}
{{- end -}}
{{- include "coderepo-operator.setting" (dict "name" $name "value" $value) }}
{{- end }}
{{- end -}}

{{/* One setting, or each that is in it: of a list by their numbers, of an object by their names. */}}
{{- define "coderepo-operator.setting" -}}
{{- $name := .name }}
{{- if kindIs "slice" .value }}
{{- range $index, $item := .value }}
{{- include "coderepo-operator.setting" (dict "name" (printf "%s__%d" $name $index) "value" $item) }}
{{- end }}
{{- else if kindIs "map" .value }}
{{- range $key, $item := .value }}
{{- include "coderepo-operator.setting" (dict "name" (printf "%s__%s" $name $key) "value" $item) }}
{{- end }}
{{- else }}
- name: {{ $name }}
  value: {{ include "coderepo-operator.text" .value | quote }}
{{- end }}
{{- end -}}

{{/* The namespaces that are watched, as environment variables. */}}
{{- define "coderepo-operator.namespaces" -}}
{{- range $index, $namespace := .Values.watchNamespaces }}
- name: Operator__Namespaces__{{ $index }}
  value: {{ $namespace | quote }}
{{- end }}
{{- end -}}

{{/* The namespaces whose pods are watched. */}}
{{- define "coderepo-operator.podNamespaces" -}}
{{- .Values.indexing.pods.namespaces | default (list .Release.Namespace) | toJson -}}
{{- end -}}

{{/* The pods that are watched, as environment variables. */}}
{{- define "coderepo-operator.pods" -}}
{{- if .Values.indexing.pods.enabled }}
{{- range $index, $namespace := include "coderepo-operator.podNamespaces" . | fromJsonArray }}
- name: Indexing__PodNamespaces__{{ $index }}
  value: {{ $namespace | quote }}
{{- end }}
{{- with .Values.indexing.pods.selector }}
- name: Indexing__PodSelector
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The namespace of the CodeRepos that rows declare. */}}
{{- define "coderepo-operator.declareNamespace" -}}
{{- $namespace := .Values.indexing.declare.namespace | default .Release.Namespace -}}
{{- if and .Values.watchNamespaces (not (has $namespace .Values.watchNamespaces)) -}}
{{- fail (printf "indexing.declare.namespace is %s, which is not in watchNamespaces: add it there, or set one that is." $namespace) -}}
{{- end -}}
{{- $namespace -}}
{{- end -}}

{{/* How rows declare CodeRepos, as environment variables: for the operator, and for the migration, which makes the triggers. */}}
{{- define "coderepo-operator.declare" -}}
{{- if .Values.indexing.declare.enabled }}
- name: Indexing__Declare__Enabled
  value: "true"
- name: Indexing__Declare__Namespace
  value: {{ include "coderepo-operator.declareNamespace" . | quote }}
{{- with .Values.indexing.declare.prune }}
- name: Indexing__Declare__Prune
  value: {{ . | quote }}
{{- end }}
{{- range $index, $item := .Values.indexing.declare.secrets }}
- name: Indexing__Declare__Secrets__{{ $index }}__Host
  value: {{ $item.host | quote }}
- name: Indexing__Declare__Secrets__{{ $index }}__Secret
  value: {{ $item.secret | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The environment variables that some values give and others don't, without a blank line where they give none. */}}
{{- define "coderepo-operator.variables" -}}
{{- include "coderepo-operator.settings" . }}
{{- include "coderepo-operator.namespaces" . }}
{{- include "coderepo-operator.pods" . }}
{{- include "coderepo-operator.declare" . }}
{{- include "coderepo-operator.gitCredentials" . }}
{{- end -}}

{{/* A value as it was written: a number read from a file is a float to Helm, and 20000000000 would become 2e+10. */}}
{{- define "coderepo-operator.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- printf "%.0f" . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* Where the Secret with the connection string is mounted: the directory, not one file of it, which would never change. */}}
{{- define "coderepo-operator.databaseFolder" -}}
/etc/coderepo/database
{{- end -}}

{{/* Where the Secret with the certificate of the API is mounted: the directory, not its files, which would never change. */}}
{{- define "coderepo-operator.apiFolder" -}}
/etc/coderepo/api-tls
{{- end -}}

{{/* Where the Secrets of webhooks are mounted, a directory for each. */}}
{{- define "coderepo-operator.webhookFolder" -}}
/etc/coderepo/webhooks
{{- end -}}

{{/* The volume with the connection string; takes secret. Read through the fsGroup, and by nobody else. */}}
{{- define "coderepo-operator.databaseVolume" -}}
- name: database
  secret:
    secretName: {{ .secret }}
    # 0440, which not every reader of YAML takes for octal.
    defaultMode: 288
{{- end -}}

{{/* Where the Secrets of gitCredentials are mounted, a directory each. */}}
{{- define "coderepo-operator.gitCredentialsFolder" -}}
/etc/coderepo/git-credentials
{{- end -}}

{{/* Which host gets which of them, as environment variables. */}}
{{- define "coderepo-operator.gitCredentials" -}}
{{- range $index, $item := .Values.gitCredentials }}
- name: Git__Credentials__{{ $index }}__Host
  value: {{ $item.host | quote }}
- name: Git__Credentials__{{ $index }}__Directory
  value: {{ include "coderepo-operator.gitCredentialsFolder" $ }}/{{ $index }}
{{- range $place, $namespace := $item.namespaces }}
- name: Git__Credentials__{{ $index }}__Namespaces__{{ $place }}
  value: {{ $namespace | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What every pod of this chart has in common. */}}
{{- define "coderepo-operator.pod" -}}
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What every container of this chart has in common. */}}
{{- define "coderepo-operator.container" -}}
image: {{ include "coderepo-operator.image" . }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
terminationMessagePolicy: FallbackToLogsOnError
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Rights on objects that live in the namespaces of CodeRepos: one ClusterRole, or a Role in each namespace that is watched.
Takes root, name, account, rules (text), and annotations; and namespaces, if it is about others than those that are watched.
*/}}
{{- define "coderepo-operator.grant" -}}
{{- $namespaces := .namespaces | default .root.Values.watchNamespaces -}}
{{- $kind := ternary "Role" "ClusterRole" (not (empty $namespaces)) -}}
{{- range $namespaces | default (list "") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $.name }}
  {{- with . }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "coderepo-operator.labels" $.root | nindent 4 }}
  {{- with $.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
rules:
  {{- $.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $.name }}
  {{- with . }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "coderepo-operator.labels" $.root | nindent 4 }}
  {{- with $.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $.name }}
subjects:
  - kind: ServiceAccount
    name: {{ $.account }}
    namespace: {{ $.root.Release.Namespace }}
{{- end }}
{{- end -}}

{{/* When Helm runs a hook, and in which order; takes event and weight. What failed stays, for its log, until the next time. */}}
{{- define "coderepo-operator.hookAnnotations" -}}
helm.sh/hook: {{ .event }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* The ServiceAccount of a hook, which is there before its Job; takes root, name and event. */}}
{{- define "coderepo-operator.hookAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "coderepo-operator.labels" .root | nindent 4 }}
  annotations:
    {{- include "coderepo-operator.hookAnnotations" (dict "event" .event "weight" "-10") | nindent 4 }}
{{- end -}}

{{/*
A command of the operator as a hook; takes root, name, event, args, and optionally account (without one the Job gets no way to
the API server), and the text of env, volumes and volumeMounts. It gets no settings and extras but those: an uninstall must not fail by
what an operator failed by. The labels of its pod are not those of the operator: Services and the StatefulSet would take it for one.
*/}}
{{- define "coderepo-operator.hookJob" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "coderepo-operator.labels" .root | nindent 4 }}
  annotations:
    {{- include "coderepo-operator.hookAnnotations" (dict "event" .event "weight" "0") | nindent 4 }}
    # Helm 4 shows why it failed; before, kubectl logs does.
    helm.sh/hook-output-log-policy: hook-failed
spec:
  backoffLimit: 2
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{ .root.Chart.Name }}-hook
        app.kubernetes.io/instance: {{ .root.Release.Name }}
        {{- with .root.Values.commonLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      restartPolicy: Never
      {{- if .account }}
      serviceAccountName: {{ .account }}
      {{- else }}
      automountServiceAccountToken: false
      {{- end }}
      {{- include "coderepo-operator.pod" .root | nindent 6 }}
      containers:
        - name: {{ first .args }}
          {{- include "coderepo-operator.container" .root | nindent 10 }}
          args:
            {{- toYaml .args | nindent 12 }}
          {{- with .env }}
          env:
            {{- trim . | nindent 12 }}
          {{- end }}
          resources:
            requests:
              cpu: 50m
              memory: 64Mi
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- with .volumeMounts }}
            {{- . | nindent 12 }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {}
        {{- with .volumes }}
        {{- . | nindent 8 }}
        {{- end }}
{{- end -}}

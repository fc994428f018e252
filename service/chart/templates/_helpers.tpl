{{/* What selects the app's pods, whatever their version. Immutable in a Deployment. */}}
{{- define "sample-app.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sample-app.labels" -}}
{{ include "sample-app.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* The label by which the workload's controller tells versions apart. */}}
{{- define "sample-app.podHashLabel" -}}
{{ ternary "pod-template-hash" "rollouts-pod-template-hash" (eq .Values.strategy.type "rolling") }}
{{- end }}

{{/* Name of the Service on which the new version is reached before it takes over; empty when there is none. */}}
{{- define "sample-app.newVersionService" -}}
{{- $suffix := get (dict "canary" "canary" "blueGreen" "preview") .Values.strategy.type -}}
{{- with $suffix }}{{ printf "%s-%s" $.Release.Name . }}{{ end -}}
{{- end }}

{{/* What selects the app's pods, whatever their version. Immutable in a Deployment. */}}
{{- define "http-service.selectorLabels" -}}
app.kubernetes.io/name: {{ .Values.nameLabel | default .Release.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Without the version, which is the pods' alone: it would put every object into the diff of a promotion. `npm run status`
finds apps by part-of that have left the facts. */}}
{{- define "http-service.labels" -}}
{{ include "http-service.selectorLabels" . }}
app.kubernetes.io/part-of: k8s-observable-rollouts
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* The label by which the workload's controller tells versions apart. */}}
{{- define "http-service.podHashLabel" -}}
{{ ternary "pod-template-hash" "rollouts-pod-template-hash" (eq .Values.strategy.workload "Deployment") }}
{{- end }}

{{/* Name of the Service on which the new version is reached before it takes over; empty when there is none. */}}
{{- define "http-service.newVersionService" -}}
{{- $suffix := get (dict "canary" "canary" "blueGreen" "preview") .Values.strategy.type -}}
{{- with $suffix }}{{ printf "%s-%s" $.Release.Name . }}{{ end -}}
{{- end }}

{{/* What runs the pods. */}}
{{- define "http-service.workload" -}}
{{- $deployment := eq .Values.strategy.workload "Deployment" -}}
apiVersion: {{ ternary "apps/v1" "argoproj.io/v1alpha1" $deployment }}
kind: {{ ternary "Deployment" "Rollout" $deployment }}
{{- end }}

{{/* The analysis with the pod hashes of the new version and of the one that serves. */}}
{{- define "http-service.analysis" -}}
templates:
  - templateName: {{ .Release.Name }}
args:
  - name: latest
    valueFrom:
      podTemplateHashValue: Latest
  - name: stable
    valueFrom:
      podTemplateHashValue: Stable
{{- end }}

{{/* The tests of a new version before users meet it: template and arguments. */}}
{{- define "http-service.tests" -}}
templates:
  - templateName: {{ .Release.Name }}-tests
args:
  - name: version
    value: {{ .Values.image.tag | quote }}
{{- end }}

{{/* What every app reads from its environment, and what is its own. */}}
{{- define "http-service.env" -}}
{{- range $name, $value := .Values.env }}
{{ $name | quote }}: {{ $value | quote }}
{{- end }}
PORT: "{{ .Values.ports.http }}"
METRICS_PORT: "{{ .Values.ports.metrics }}"
APP_VERSION: {{ .Values.image.tag | quote }}
APP_ENVIRONMENT: {{ .Values.environment | quote }}
{{- end }}

{{/* The Services that answer for hosts, with their host: the app's own, and the preview's. */}}
{{- define "http-service.hosts" -}}
{{ .Release.Name }}: {{ .Values.ingress.host | quote }}
{{- with .Values.strategy.previewHost }}
{{ include "http-service.newVersionService" $ }}: {{ . | quote }}
{{- end }}
{{- end }}

{{/* What selects the app's pods, whatever their version. Immutable in a Deployment. */}}
{{- define "sample-app.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Without the version, which is the pods' alone: it would put every object into the diff of a promotion. */}}
{{- define "sample-app.labels" -}}
{{ include "sample-app.selectorLabels" . }}
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

{{/* What runs the pods. */}}
{{- define "sample-app.workload" -}}
{{- $rolling := eq .Values.strategy.type "rolling" -}}
apiVersion: {{ ternary "apps/v1" "argoproj.io/v1alpha1" $rolling }}
kind: {{ ternary "Deployment" "Rollout" $rolling }}
{{- end }}

{{/* The analysis with the pod hashes of the new version and of the one that serves. */}}
{{- define "sample-app.analysis" -}}
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

{{/* What the app reads from its environment. */}}
{{- define "sample-app.config" -}}
PORT: "{{ .Values.ports.http }}"
METRICS_PORT: "{{ .Values.ports.metrics }}"
LOG_LEVEL: {{ .Values.logLevel }}
APP_VERSION: {{ .Values.image.tag | quote }}
APP_ENVIRONMENT: {{ .Values.environment | quote }}
APP_STRATEGY: {{ .Values.strategy.type }}
{{- with .Values.faults }}
{{- with .errorRate }}
FAULT_ERROR_RATE: "{{ . }}"
{{- end }}
{{- with .latencyMs }}
FAULT_LATENCY_MS: "{{ . | int }}"
{{- end }}
{{- with .crashAfterRequests }}
FAULT_CRASH_AFTER_REQUESTS: "{{ . | int }}"
{{- end }}
{{- with .notReady }}
FAULT_NOT_READY: "{{ . }}"
{{- end }}
{{- end }}
{{- end }}

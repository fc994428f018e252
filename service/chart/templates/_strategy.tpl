{{/* One template per strategy.type. What Argo Rollouts writes itself is left out: the Services'
rollouts-pod-template-hash, the canary Ingress and its weight. Argo CD then has nothing to ignore. */}}

{{/* To Argo Rollouts, a canary without steps. It has neither Services of its own nor a router, or the requests would follow
one version alone: Argo Rollouts then takes its hash out of the Service, which selects the pods of both. */}}
{{- define "http-service.strategy.rolling" -}}
{{- $deployment := eq .Values.strategy.workload "Deployment" -}}
{{- if $deployment }}
type: RollingUpdate
rollingUpdate:
{{- else }}
canary:
  {{- include "http-service.roles" (list "stable" "canary") | nindent 2 }}
{{- end }}
  maxSurge: {{ .Values.strategy.maxSurge }}
  maxUnavailable: {{ .Values.strategy.maxUnavailable }}
{{- end }}

{{- define "http-service.strategy.canary" -}}
canary:
  stableService: {{ .Release.Name }}
  canaryService: {{ include "http-service.newVersionService" . }}
  {{- include "http-service.roles" (list "stable" "canary") | nindent 2 }}
  trafficRouting:
    {{- if .Values.ingress.className }}
    nginx:
      stableIngress: {{ .Release.Name }}
    {{- end }}
    {{- if .Values.ingress.gateway }}
    plugins:
      argoproj-labs/gatewayAPI:
        httpRoute: {{ .Release.Name }}
        namespace: {{ .Release.Namespace | quote }}
        # The label would be one more thing for Argo CD to ignore.
        disableInProgressLabel: true
    {{- end }}
  steps:
    {{- range .Values.strategy.steps }}
    {{- if .tests }}
    - analysis:
        {{- $_ := $.Values.tests | required "strategy.steps has tests, and there are no tests" }}
        {{- include "http-service.tests" $ | nindent 8 }}
    {{- else if .analysis }}
    - analysis:
        {{- $_ := $.Values.analysis | required "strategy.steps has an analysis, and there is no analysis" }}
        {{- include "http-service.analysis" $ | nindent 8 }}
    {{- else }}
    - {{ toYaml . | nindent 6 | trim }}
    {{- end }}
    {{- end }}
{{- end }}

{{- define "http-service.strategy.blueGreen" -}}
blueGreen:
  activeService: {{ .Release.Name }}
  previewService: {{ include "http-service.newVersionService" . }}
  {{- include "http-service.roles" (list "active" "preview") | nindent 2 }}
  {{- with .Values.strategy.autoPromotionSeconds }}
  autoPromotionSeconds: {{ . }}
  {{- else }}
  autoPromotionEnabled: false
  {{- end }}
  {{- if .Values.tests }}
  prePromotionAnalysis:
    {{- include "http-service.tests" . | nindent 4 }}
  {{- end }}
  {{- if .Values.analysis }}
  # After the switch, while the old version is still up: before it, no user's request reaches the new one.
  postPromotionAnalysis:
    {{- include "http-service.analysis" . | nindent 4 }}
  {{- end }}
  scaleDownDelaySeconds: {{ .Values.strategy.scaleDownDelaySeconds }}
{{- end }}

{{/* Tells on each pod's label what its version is for at the moment; changed in place, without a restart. */}}
{{- define "http-service.roles" -}}
{{- range . }}
{{ . }}Metadata:
  labels:
    role: {{ . }}
{{- end }}
{{- end }}

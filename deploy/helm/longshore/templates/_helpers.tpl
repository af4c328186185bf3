{{- define "longshore.labels" -}}
app.kubernetes.io/name: longshore
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Parses longshore.toml. Invalid TOML fails the installation. */}}
{{- define "longshore.config" -}}
{{- $config := fromToml .Values.config }}
{{- if hasKey $config "Error" }}{{ fail (printf "config is not valid TOML: %s" $config.Error) }}{{ end }}
{{- toJson $config }}
{{- end }}

{{/*
The name changes with the content. So a change rolls out, and running pods keep their configuration.
*/}}
{{- define "longshore.configName" -}}
{{ .Release.Name }}-longshore-{{ sha256sum .Values.config | trunc 10 }}
{{- end }}

{{- define "longshore.port" -}}
{{- $listen := include "longshore.config" . | fromJson | dig "admin" "listen" "" }}
{{- required "config: set admin.listen, e.g. to 0.0.0.0:9464" $listen | splitList ":" | last }}
{{- end }}

{{/* shutdown.limit plus the stop time of the application. */}}
{{- define "longshore.graceSeconds" -}}
{{- $limit := include "longshore.config" . | fromJson | dig "shutdown" "limit" "" }}
{{- if not (regexMatch "^[0-9]+s$" $limit) }}
{{- fail "config: set shutdown.limit in whole seconds, e.g. to 45s" }}
{{- end }}
{{- add (trimSuffix "s" $limit | int) (empty .Values.application | ternary 0 .Values.applicationStopSeconds) }}
{{- end }}

{{- define "longshore.hardened" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities:
  drop: [ALL]
{{- end }}

{{- define "longshore.labels" -}}
app.kubernetes.io/name: longshore
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* What longshore.toml says, as an object; a file that is no TOML stops the installation. */}}
{{- define "longshore.config" -}}
{{- $config := fromToml .Values.config }}
{{- if hasKey $config "Error" }}{{ fail (printf "config is no TOML: %s" $config.Error) }}{{ end }}
{{- toJson $config }}
{{- end }}

{{/* A name that changes with the content: a change rolls out, and no running pod sees it half-way. */}}
{{- define "longshore.configName" -}}
{{ .Release.Name }}-longshore-{{ sha256sum .Values.config | trunc 10 }}
{{- end }}

{{- define "longshore.port" -}}
{{- $listen := include "longshore.config" . | fromJson | dig "admin" "listen" "" }}
{{- required "config: admin.listen must be said, as in 0.0.0.0:9464" $listen | splitList ":" | last }}
{{- end }}

{{/* shutdown.limit, and the application's time after it. */}}
{{- define "longshore.graceSeconds" -}}
{{- $limit := include "longshore.config" . | fromJson | dig "shutdown" "limit" "" }}
{{- if not (regexMatch "^[0-9]+s$" $limit) }}
{{- fail "config: shutdown.limit must be said in whole seconds, as in 45s" }}
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

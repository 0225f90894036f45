{{- define "umbrella.labels" -}}
team: {{ .Values.global.team }}
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "presync.labels" -}}
app.kubernetes.io/name: presync
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "presync.selector" -}}
app.kubernetes.io/name: presync
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "presync.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* One pod for both processes: they differ in what they are told to do and in what they need. */}}
{{- define "presync.pod" -}}
metadata:
  labels:
    {{- include "presync.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  serviceAccountName: {{ .root.Release.Name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  # Running jobs may end first; workers finish within their deadline.
  terminationGracePeriodSeconds: 60
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: {{ .component }}
      image: {{ include "presync.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: [{{ .command }}]
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      env:
        - name: PRESYNC_APP_ID
          valueFrom: { secretKeyRef: { name: {{ .root.Values.github.existingSecret }}, key: appId } }
        - name: PRESYNC_PRIVATE_KEY_FILE
          value: /run/secrets/github/privateKey
        - name: PRESYNC_WEBHOOK_SECRET_FILE
          value: /run/secrets/github/webhookSecret
        - name: PRESYNC_GITHUB_URL
          value: {{ .root.Values.github.url }}
        - name: REDIS_URL
          valueFrom: { secretKeyRef: { name: {{ .root.Values.redis.existingSecret }}, key: url } }
        {{- if .registries }}
        - name: PRESYNC_REGISTRY_AUTH_FILE
          value: /run/secrets/registries/config.json
        {{- end }}
        - name: PRESYNC_STATE_DIR
          value: /var/lib/presync
        - name: PORT
          value: "3000"
      ports:
        - name: http
          containerPort: 3000
      startupProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 2
        failureThreshold: 30
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 10
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
      resources:
        {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - { name: state, mountPath: /var/lib/presync }
        - { name: tmp, mountPath: /tmp }
        - { name: github, mountPath: /run/secrets/github, readOnly: true }
        {{- if .registries }}
        - { name: registries, mountPath: /run/secrets/registries, readOnly: true }
        {{- end }}
  volumes:
    - name: state
      emptyDir: { sizeLimit: {{ .scratchSize }} }
    - name: tmp
      emptyDir: { sizeLimit: 1Gi }
    - name: github
      secret:
        secretName: {{ .root.Values.github.existingSecret }}
        defaultMode: 0440
        items:
          - { key: privateKey, path: privateKey }
          - { key: webhookSecret, path: webhookSecret }
    {{- with .registries }}
    - name: registries
      secret:
        secretName: {{ . }}
        defaultMode: 0440
        items:
          - { key: .dockerconfigjson, path: config.json }
    {{- end }}
  {{- with .root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "presync.selector" .root | nindent 10 }}
          app.kubernetes.io/component: {{ .component }}
{{- end }}

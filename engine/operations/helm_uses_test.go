package operations

import (
	"slices"
	"testing"
)

func TestHelmTemplateSaysThatTheClusterMatters(t *testing.T) {
	apis := configTemplate(`{{ .Capabilities.APIVersions.Has "x.io/v1" | quote }}`)
	version := configTemplate(`{{ with .Capabilities }}{{ .KubeVersion.Version }}{{ end }}`)
	switched := files{
		"charts/x/Chart.yaml":                 chartHead + "dependencies: [{name: db, version: 1.0.0, condition: db.enabled}]\n",
		"charts/x/charts/db/Chart.yaml":       "apiVersion: v2\nname: db\nversion: 1.0.0\n",
		"charts/x/charts/db/templates/t.yaml": apis,
	}
	rows := []struct {
		name  string
		files files
		input map[string]any
		want  bool
	}{
		{"APIs that are not given", shop(apis, nil), nil, true},
		{"APIs that are given", shop(apis, nil), map[string]any{"apiVersions": []string{"x.io/v1"}}, false},
		{"a version that is not given", shop(version, nil), map[string]any{"kubeVersion": ""}, true},
		{"a version that is given", shop(version, nil), nil, false},
		{"Helm's own version", shop(configTemplate("{{ .Capabilities.HelmVersion.Version }}"), nil), map[string]any{"kubeVersion": ""}, false},
		{"a value of that name", shop(configTemplate("{{ .Values.APIVersions }}"), nil), nil, false},
		{"a subchart", shop(configTemplate("v"), switched), map[string]any{"values": "db: {enabled: true}"}, true},
		{"a subchart that is switched off", shop(configTemplate("v"), switched), map[string]any{"values": "db: {enabled: false}"}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, helmTemplate, row.files, input(row.input))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "uses capabilities", slices.Contains(result.Uses, "capabilities"), row.want)
		})
	}
}

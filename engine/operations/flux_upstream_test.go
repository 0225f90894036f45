package operations

import (
	"fmt"
	"strings"
	"testing"
)

// As fluxcd/pkg/kustomize 1.44.0 has it.
func TestFluxBuildsAsTheControllerDoes(t *testing.T) {
	component := "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n"
	config := func(name, more string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\n" + more + "data: {region: '${region}', other: '${other:=default}'}\n"
	}
	disabled := "  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n"
	disabledByLabel := "  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n"
	vars := map[string]any{"postBuild": map[string]any{"substitute": map[string]any{"region": "eu"}}}
	for name, test := range map[string]struct {
		files files
		spec  map[string]any
		want  string
		says  string
	}{
		"an empty folder":                     {files{"apps/README.md": "#"}, nil, "", ""},
		"a kustomization without resources":   {files{"apps/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"}, nil, "", ""},
		"a component":                         {files{"apps/x.yaml": config("x", ""), "c/kustomization.yaml": component}, map[string]any{"components": []any{"../c"}}, "c-x", ""},
		"a component that is missing":         {files{"apps/x.yaml": config("x", "")}, map[string]any{"components": []any{"../c"}}, "", "c: file does not exist"},
		"a missing component that may be":     {files{"apps/x.yaml": config("x", ""), "c/kustomization.yaml": component}, map[string]any{"components": []any{"../gone", "../c"}, "ignoreMissingComponents": true}, "c-x", ""},
		"a component from elsewhere":          {files{"apps/x.yaml": config("x", "")}, map[string]any{"components": []any{"https://example.com/o/r"}}, "", "must be local and relative"},
		"prefix, suffix, namespace":           {files{"apps/x.yaml": config("x", "")}, map[string]any{"namePrefix": "p-", "nameSuffix": "-s", "targetNamespace": "shop"}, "p-x-s", ""},
		"substitution":                        {files{"apps/x.yaml": config("x", "")}, vars, "x region=eu other=default", ""},
		"no variables, nothing substituted":   {files{"apps/x.yaml": config("x", "")}, map[string]any{"postBuild": map[string]any{}}, "x region=${region} other=${other:=default}", ""},
		"substitution disabled":               {files{"apps/x.yaml": config("x", disabled), "apps/y.yaml": config("yy", "")}, vars, "x region=${region} other=${other:=default} yy region=eu other=default", ""},
		"substitution disabled by label":      {files{"apps/x.yaml": config("x", disabledByLabel)}, vars, "x region=${region} other=${other:=default}", ""},
		"a variable name that is none":        {files{"apps/x.yaml": config("x", "")}, map[string]any{"postBuild": map[string]any{"substitute": map[string]any{"a-b": "c"}}}, "", "'a-b' var name is invalid"},
		"a value without quotes":              {files{"apps/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  region: ${region}\n"}, vars, "x region=eu", ""},
		"a file that is no Kubernetes object": {files{"apps/x.yaml": "a: b\n"}, nil, "", "x.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := test.spec
			if spec == nil {
				spec = map[string]any{}
			}
			result, err := call(t, fluxBuild, test.files, map[string]any{"path": "/apps", "kustomization": fluxObject(spec)})
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := names(t, result)
			for at, object := range result.Objects {
				for _, field := range []string{"region", "other"} {
					if value, has := dataOf(t, object)[field]; has && strings.Contains(test.want, "=") {
						got[at] += fmt.Sprintf(" %s=%s", field, value)
					}
				}
			}
			same(t, "objects", strings.Join(got, " "), test.want)
		})
	}
}

package operations

import (
	"strings"
	"testing"
)

// postBuild is a Kustomization that substitutes from a ConfigMap and a Secret.
func postBuild() map[string]any {
	return fluxObject(map[string]any{"postBuild": map[string]any{"substituteFrom": anyOf(
		map[string]any{"kind": "ConfigMap", "name": "vars", "optional": true},
		map[string]any{"kind": "Secret", "name": "keys", "optional": true},
	)}})
}

func secretSubstitute(data map[string]string, unknown ...string) []any {
	return anyOf(map[string]any{"kind": "Secret", "name": "keys", "data": data, "unknown": unknown})
}

func TestFluxBuildNeverShowsWhatIsEncrypted(t *testing.T) {
	content := files{"apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {open: '${open}', key: 'x-${key}', size: 'n${#key}'}\n"}
	input := map[string]any{"path": "/apps", "kustomization": postBuild(), "substitutes": secretSubstitute(map[string]string{"open": "o"}, "key")}
	result, err := call(t, fluxBuild, content, input)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "data", dataOf(t, result.Objects[0]), map[string]string{"open": "o", "key": "x-********", "size": "n16"})
	same(t, "volatile", result.Objects[0].Volatile, []string{"/data/key", "/data/size"})
	same(t, "uses", result.Uses, []string{"secret"})
	variants, _ := result.Value.(map[string]any)["variants"].([]variant)
	if len(variants) != 1 || strings.Contains(string(variants[0].Manifest), "presync-secret") || !strings.Contains(string(variants[0].Manifest), "x-********") {
		t.Errorf("got %v", variants)
	}
	same(t, "warnings", result.Warnings, []string{"ConfigMap vars is optional in spec.postBuild and was not found; its variables have no value"})
}

func TestFluxBuildSaysNothingOfSecretsThatNoObjectShows(t *testing.T) {
	content := files{"apps/a.yaml": settings}
	input := map[string]any{"path": "/apps", "kustomization": postBuild(), "substitutes": secretSubstitute(map[string]string{"cluster": "c"}, "key")}
	result, err := call(t, fluxBuild, content, input)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "uses", result.Uses, nil)
	same(t, "value", result.Value, nil)
}

func TestFluxBuildSubstitutes(t *testing.T) {
	content := files{"apps/a.yaml": settings}
	required := func(kind, name string) map[string]any {
		return fluxObject(map[string]any{"postBuild": map[string]any{"substituteFrom": anyOf(map[string]any{"kind": kind, "name": name})}})
	}
	rows := []struct {
		name          string
		kustomization map[string]any
		substitutes   []any
		strict        bool
		want, says    string
	}{
		{"a default", postBuild(), secretSubstitute(map[string]string{"cluster": "c"}), false, "eu c", ""},
		{"no value is an empty text", postBuild(), secretSubstitute(map[string]string{"region": "us"}), false, "us ", ""},
		{"no value is an error", postBuild(), secretSubstitute(map[string]string{"region": "us"}), true, "", "variable not set (strict mode)"},
		{"a value in strict mode", postBuild(), secretSubstitute(map[string]string{"cluster": "c"}), true, "eu c", ""},
		{"an unknown value is a value", postBuild(), secretSubstitute(nil, "cluster"), true, "eu ********", ""},
		{"each key must be a name", postBuild(), secretSubstitute(map[string]string{"cluster": "c", "not-used": "x"}), false, "", "'not-used' var name is invalid"},
		{"each unknown key too", postBuild(), secretSubstitute(map[string]string{"cluster": "c"}, "not-used"), false, "", "'not-used' var name is invalid"},
		{"lines are joined", postBuild(), secretSubstitute(map[string]string{"cluster": "a\nb\n"}), false, "eu ab", ""},
		{"a ConfigMap that was not given", required("ConfigMap", "no"), secretSubstitute(map[string]string{"cluster": "c"}), false, "", "ConfigMap/no"},
		{"a Secret that was not given", required("Secret", "no"), nil, false, "", "Secret/no"},
		{"a ConfigMap of the name of a Secret", required("ConfigMap", "keys"), secretSubstitute(map[string]string{"cluster": "c"}), false, "", "ConfigMap/keys"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			input := map[string]any{"path": "/apps", "kustomization": row.kustomization, "substitutes": row.substitutes, "strict": row.strict}
			result, err := call(t, fluxBuild, content, input)
			if row.says != "" {
				if codeOf(err) != "build" || !strings.Contains(err.Error(), row.says) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			data := dataOf(t, result.Objects[0])
			same(t, "data", data["region"]+" "+data["cluster"], row.want)
		})
	}
}

// What a value does to the YAML around it depends on the value.
func TestFluxBuildHidesAPlaceholderInErrors(t *testing.T) {
	content := files{"apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '${key:-x}${!bad}'}\n"}
	input := map[string]any{"path": "/apps", "kustomization": postBuild(), "substitutes": secretSubstitute(nil, "key")}
	_, err := call(t, fluxBuild, content, input)
	if err != nil && strings.Contains(err.Error(), "presync-secret") {
		t.Errorf("got %v", err)
	}
}

// The fields of a Kustomization that the generator puts into the kustomization.yaml, each by itself.
func TestFluxBuildAppliesEachField(t *testing.T) {
	web := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c, image: 'nginx:1'}]}}}\n"
	component := "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {part: c}}]\n"
	content := files{"apps/web.yaml": web, "parts/c/kustomization.yaml": component}
	rows := []struct {
		name, want string
		spec       map[string]any
	}{
		{"targetNamespace", `"namespace":"shop"`, map[string]any{"targetNamespace": "shop"}},
		{"namePrefix", `"name":"p-web"`, map[string]any{"namePrefix": "p-"}},
		{"nameSuffix", `"name":"web-s"`, map[string]any{"nameSuffix": "-s"}},
		{"patches, merged", `"replicas":2`, map[string]any{"patches": anyOf(map[string]any{"patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n"})}},
		{"patches by operation", `"paused":true`, map[string]any{"patches": anyOf(map[string]any{"patch": "- {op: add, path: /spec/paused, value: true}", "target": map[string]any{"name": "w.*"}})}},
		{"images", `"image":"proxy:2"`, map[string]any{"images": anyOf(map[string]any{"name": "nginx", "newName": "proxy", "newTag": "2"})}},
		{"images by digest", `"image":"nginx@sha256:abc"`, map[string]any{"images": anyOf(map[string]any{"name": "nginx", "digest": "sha256:abc"})}},
		{"components", `"labels":{"part":"c"}`, map[string]any{"components": []string{"../parts/c"}}},
		{"missing components", `"labels":{"part":"c"}`, map[string]any{"components": []string{"../parts/no", "../parts/c"}, "ignoreMissingComponents": true}},
		{"common labels", `"labels":{"a":"b"}`, map[string]any{"commonMetadata": map[string]any{"labels": map[string]any{"a": "b"}}}},
		{"common annotations", `"annotations":{"a":"b"}`, map[string]any{"commonMetadata": map[string]any{"annotations": map[string]any{"a": "b"}}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			plain, err := call(t, fluxBuild, content, map[string]any{"path": "/apps", "kustomization": fluxObject(map[string]any{})})
			if got := manifests(t, plain, err); strings.Contains(got, row.want) {
				t.Errorf("without it: %s", got)
			}
			result, err := call(t, fluxBuild, content, map[string]any{"path": "/apps", "kustomization": fluxObject(row.spec)})
			if got := manifests(t, result, err); !strings.Contains(got, row.want) {
				t.Errorf("got %s", got)
			}
		})
	}
}

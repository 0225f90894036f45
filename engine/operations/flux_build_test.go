package operations

import (
	"strings"
	"testing"

	fluxkustomize "github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func fluxObject(spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": map[string]any{"name": "apps", "namespace": "flux-system"}, "spec": spec,
	}
}

const settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {region: '${region:=eu}', cluster: '${cluster}'}\n"

func TestFluxBuildGeneratesWhatIsMissing(t *testing.T) {
	content := files{"apps/one.yaml": settings, "apps/sub/kustomization.yaml": "resources: [two.yaml]\nnamePrefix: sub-\n", "apps/sub/two.yaml": deployment}
	result, err := call(t, fluxBuild, content, map[string]any{"path": "/apps", "kustomization": fluxObject(map[string]any{"targetNamespace": "shop"})})
	got := manifests(t, result, err)
	for _, part := range []string{`"name":"settings","namespace":"shop"`, `"name":"sub-web","namespace":"shop"`, "${cluster}"} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
}

func TestFluxBuildSubstitutesAndLabels(t *testing.T) {
	content := files{"apps/kustomization.yaml": "resources: [one.yaml]\n", "apps/one.yaml": settings}
	spec := map[string]any{
		"postBuild": map[string]any{
			"substitute":     map[string]any{"region": "us"},
			"substituteFrom": []any{map[string]any{"kind": "ConfigMap", "name": "vars"}, map[string]any{"kind": "Secret", "name": "none", "optional": true}},
		},
		"commonMetadata": map[string]any{"labels": map[string]any{"owner": "platform"}},
		"patches":        []any{map[string]any{"target": map[string]any{"kind": "ConfigMap"}, "patch": "- {op: add, path: /data/patched, value: \"1\"}"}},
	}
	input := map[string]any{
		"path": "/apps", "kustomization": fluxObject(spec),
		"substitutes": []any{map[string]any{"kind": "ConfigMap", "name": "vars", "data": map[string]string{"cluster": "prod"}}},
	}
	result, err := call(t, fluxBuild, content, input)
	want := `{"apiVersion":"v1","data":{"cluster":"prod","patched":"1","region":"us"},"kind":"ConfigMap","metadata":{"labels":{"owner":"platform"},"name":"settings"}}`
	same(t, "object", manifests(t, result, err), want)
}

func TestFluxBuildSaysWhatIsMissing(t *testing.T) {
	spec := map[string]any{"postBuild": map[string]any{"substituteFrom": []any{map[string]any{"kind": "ConfigMap", "name": "vars"}}}}
	_, err := call(t, fluxBuild, files{"apps/one.yaml": settings}, map[string]any{"path": "/apps", "kustomization": fluxObject(spec)})
	if err == nil || !strings.Contains(err.Error(), "ConfigMap/vars") {
		t.Errorf("got %v", err)
	}
	_, err = call(t, fluxBuild, files{"apps/one.yaml": settings}, map[string]any{"path": "/gone", "kustomization": fluxObject(map[string]any{})})
	if err == nil || !strings.Contains(err.Error(), "/gone") {
		t.Errorf("got %v", err)
	}
}

// The generator's field is private; without it a build would read the disk of the machine.
func TestFluxTakesOurFileSystem(t *testing.T) {
	generator := fluxkustomize.NewGenerator("", unstructured.Unstructured{Object: fluxObject(map[string]any{})})
	if err := useFileSystem(generator, &buildFS{}); err != nil {
		t.Error(err)
	}
}

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

const fluxSecret = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {key: 'ENC[AES256_GCM,data:${cluster},tag:x]'}\nsops: {version: 3.9.0}\n"

func TestFluxBuildLeavesEncryptedObjectsAlone(t *testing.T) {
	spec := map[string]any{"postBuild": map[string]any{"substitute": map[string]any{"cluster": "prod"}}}
	result, err := call(t, fluxBuild, files{"apps/key.yaml": fluxSecret}, map[string]any{"path": "/apps", "kustomization": fluxObject(spec)})
	if got := manifests(t, result, err); !strings.Contains(got, "data:${cluster}") {
		t.Error(got)
	}
	same(t, "warnings", result.Warnings, []string{"apps/key.yaml is encrypted with SOPS; its values are taken as they are written"})
}

func TestFluxBuildSeesWhatTheArtifactHolds(t *testing.T) {
	settings := func(name string) string { return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n" }
	for name, test := range map[string]struct {
		files  files
		path   string
		ignore string
		want   string
	}{
		"the root of the repository": {files{"a.yaml": settings("a"), "b/c.yaml": settings("c"), "d/kustomization.yaml": "resources: [e.yml]", "d/e.yml": settings("e")}, "/", "", "a c e"},
		"default exclusions":         {files{"a/a.yaml": settings("a"), "a/.sops.yaml": "creation_rules: []", ".github/x.yaml": "on: push", "a/.goreleaser.yml": "x: y"}, "/", "", "a"},
		"a .sourceignore above":      {files{".sourceignore": "# comment\n/a/b\n", "a/a.yaml": settings("a"), "a/b/b.yaml": "not: kubernetes"}, "/a", "", "a"},
		"a .sourceignore below":      {files{"a/b/.sourceignore": "*.yaml\n!keep.yaml\n", "a/a.yaml": settings("a"), "a/b/b.yaml": "x: y", "a/b/keep.yaml": settings("keep")}, "/a", "", "a keep"},
		"spec.ignore wins":           {files{".sourceignore": "b.yaml\n", "a/a.yaml": settings("a"), "a/b.yaml": settings("b")}, "/a", "a.yaml\n!b.yaml", "b"},
		"an ignored kustomization":   {files{".sourceignore": "kustomization.yaml\n", "a/kustomization.yaml": "namePrefix: x-", "a/a.yaml": settings("a")}, "/a", "", "a"},
		"links are left out":         {files{"a/a.yaml": settings("a"), "a/b.yaml": "link -> ../b.yaml", "b.yaml": settings("b")}, "/a", "", "a"},
	} {
		t.Run(name, func(t *testing.T) {
			input := map[string]any{"path": test.path, "kustomization": fluxObject(map[string]any{}), "ignore": test.ignore}
			result, err := call(t, fluxBuild, test.files, input)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "objects", strings.Join(names(t, result), " "), test.want)
		})
	}
}

// The generator's field is private; without it a build would read the disk of the machine.
func TestFluxTakesOurFileSystem(t *testing.T) {
	generator := fluxkustomize.NewGenerator("", unstructured.Unstructured{Object: fluxObject(map[string]any{})})
	if err := useFileSystem(generator, &buildFS{}); err != nil {
		t.Error(err)
	}
}

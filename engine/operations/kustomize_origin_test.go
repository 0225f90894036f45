package operations

import (
	"encoding/json"
	"testing"
)

func TestOriginsAreWhereAPersonWroteTheObject(t *testing.T) {
	settings := func(name, more string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {a: b}\n  name: " + name + "\n" + more
	}
	content := files{
		"base/kustomization.yaml": "resources: [all.yaml, more.yaml]\n",
		"base/all.yaml":           "# first\n" + settings("one", "") + "---\n\n# second\n" + settings("two", "") + "---\n" + settings("web-one", ""),
		"base/more.yaml":          settings("same", "  namespace: a\n") + "---\n" + settings("same", "  namespace: b\n"),
		"prod/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\npatches: [{path: one.yaml}]\nconfigMapGenerator: [{name: made, literals: [a=b]}]\n",
		"prod/one.yaml":           settings("one", "data: {patched: 'yes'}\n"),
	}
	result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/prod"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Origin{}
	for at, name := range names(t, result) {
		got[name+" in "+namespaceIn(t, result.Objects[at])] = result.Objects[at].Origin
	}
	same(t, "origins", got, map[string]Origin{
		"prod-one in ":             {Path: "base/all.yaml", Document: 0, Line: 1},
		"prod-two in ":             {Path: "base/all.yaml", Document: 1, Line: 9},
		"prod-web-one in ":         {Path: "base/all.yaml", Document: 2, Line: 16},
		"prod-same in a":           {Path: "base/more.yaml", Document: 0, Line: 1},
		"prod-same in b":           {Path: "base/more.yaml", Document: 1, Line: 8},
		"prod-made-4h2mbtbbt6 in ": {Path: "prod/kustomization.yaml"},
	})
}

func TestAnOriginIsNeverAGuess(t *testing.T) {
	settings := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\n"
	content := files{
		"kustomization.yaml":   "resources: [a, b]\n",
		"a/kustomization.yaml": "resources: [x.yaml]\nnamePrefix: a-\n",
		"b/kustomization.yaml": "resources: [x.yaml]\nnamePrefix: b-\n",
		"a/x.yaml":             settings,
		"b/x.yaml":             settings,
	}
	result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "origin", result.Objects[0].Origin, Origin{})
}

func namespaceIn(t *testing.T, object Object) string {
	t.Helper()
	var manifest struct {
		Metadata struct {
			Namespace string `json:"namespace"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(object.Manifest, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Metadata.Namespace
}

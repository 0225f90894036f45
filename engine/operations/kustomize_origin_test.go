package operations

import (
	"encoding/json"
	"slices"
	"strings"
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

// Names tell where an object comes from only together with the kustomizations above: a part of the name would often point elsewhere.
func TestOriginsFollowTheLayers(t *testing.T) {
	settings := func(name string) string { return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n" }
	component := "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
	for name, test := range map[string]struct {
		content files
		want    string
	}{
		"one name in two bases":       {files{"kustomization.yaml": "resources: [a, b]", "a/kustomization.yaml": "resources: [x.yaml]\nnamePrefix: a-", "b/kustomization.yaml": "resources: [x.yaml]\nnamePrefix: b-", "a/x.yaml": settings("x"), "b/x.yaml": settings("x")}, "a-x=a/x.yaml b-x=b/x.yaml"},
		"a base that is used twice":   {files{"kustomization.yaml": "resources: [a, b]", "a/kustomization.yaml": "resources: [../c]\nnamePrefix: a-", "b/kustomization.yaml": "resources: [../c]\nnameSuffix: -b", "c/kustomization.yaml": "resources: [x.yaml]", "c/x.yaml": settings("x")}, "a-x=c/x.yaml x-b=c/x.yaml"},
		"a name inside another's":     {files{"kustomization.yaml": "resources: [a, x.yaml]", "x.yaml": settings("dbxy"), "a/kustomization.yaml": "resources: [x.yaml]\nnamePrefix: dbxy-", "a/x.yaml": settings("app")}, "dbxy-app=a/x.yaml dbxy=x.yaml"},
		"a component's prefix":        {files{"kustomization.yaml": "resources: [x.yaml]\ncomponents: [c]\nnamePrefix: o-", "x.yaml": settings("x"), "c/kustomization.yaml": component + "namePrefix: c-\nresources: [y.yaml]\n", "c/y.yaml": settings("y")}, "o-c-x=x.yaml o-c-y=c/y.yaml"},
		"a patch of the same name":    {files{"kustomization.yaml": "resources: [b]\npatches: [{path: x.yaml}]", "x.yaml": settings("x"), "b/kustomization.yaml": "resources: [x.yaml]", "b/x.yaml": settings("x")}, "x=b/x.yaml"},
		"a generator that merges":     {files{"kustomization.yaml": "resources: [b]\nconfigMapGenerator: [{name: x, behavior: merge, literals: [a=b]}]", "b/kustomization.yaml": "configMapGenerator: [{name: x, literals: [b=c]}]"}, "x-d6g9c22788=b/kustomization.yaml"},
		"a name that a patch made":    {files{"kustomization.yaml": "resources: [x.yaml, y.yaml]\npatches: [{target: {name: x}, options: {allowNameChange: true}, patch: '- {op: replace, path: /metadata/name, value: yx}'}]", "x.yaml": settings("x"), "y.yaml": settings("y")}, "y=y.yaml yx="},
		"a List, JSON, quoted":        {files{"kustomization.yaml": "resources: [l.yaml, j.json, q.yaml]", "l.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l}}\n", "j.json": `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j"}}`, "q.yaml": "\"kind\": \"ConfigMap\" # a\nmetadata:\n  # name: no\n  labels:\n    name: no\n  'name': q # b\napiVersion: v1\nspec: {name: no}\n"}, "j=j.json l=l.yaml q=q.yaml"},
		"kinds that keep their names": {files{"kustomization.yaml": "resources: [n.yaml]\nnamePrefix: x-", "n.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n"}, "n=n.yaml"},
		"a namespace that is set":     {files{"kustomization.yaml": "resources: [a, b]", "a/kustomization.yaml": "resources: [x.yaml]\nnamespace: a", "b/kustomization.yaml": "resources: [x.yaml]\nnamespace: b", "a/x.yaml": settings("x"), "b/x.yaml": settings("x")}, "x=a/x.yaml x=b/x.yaml"},
		"a linked base":               {files{"kustomization.yaml": "resources: [l]", "l": "link -> b", "b/kustomization.yaml": "resources: [x.yaml]", "b/x.yaml": settings("x")}, "x=b/x.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := call(t, kustomizeBuild, test.content, map[string]any{"path": "/"})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for at, name := range names(t, result) {
				got = append(got, name+"="+result.Objects[at].Origin.Path)
			}
			slices.Sort(got)
			same(t, "origins", strings.Join(got, " "), test.want)
		})
	}
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

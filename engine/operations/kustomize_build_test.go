package operations

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/openapi"

	"presync.dev/engine/protocol"
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: web
          image: nginx:1
`

func manifests(t *testing.T, result *Result, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(result.Objects))
	for at, object := range result.Objects {
		lines[at] = string(object.Manifest)
	}
	return strings.Join(lines, "\n")
}

func TestKustomizeBuild(t *testing.T) {
	base := files{
		"base/kustomization.yaml": "resources: [web.yaml]\n",
		"base/web.yaml":           deployment,
		"prod/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\nimages: [{name: nginx, newTag: '2'}]\n",
	}
	result, err := call(t, kustomizeBuild, base, map[string]any{"path": "/prod", "loadRestrictor": "root"})
	got := manifests(t, result, err)
	want := `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"prod-web"},"spec":{"replicas":1,"template":{"spec":{"containers":[{"image":"nginx:2","name":"web"}]}}}}`
	same(t, "objects", got, want)
	same(t, "origin", result.Objects[0].Origin, Origin{Path: "base/web.yaml", Line: 1})
}

func TestKustomizeBuildErrors(t *testing.T) {
	for name, test := range map[string]struct {
		files files
		path  string
		code  string
		says  string
	}{
		"no kustomization":          {files{"a/x.yaml": deployment}, "/a", "build", "unable to find one of"},
		"no folder":                 {files{"a/x.yaml": deployment}, "/nowhere", "build", "nowhere"},
		"file outside the root":     {files{"a/kustomization.yaml": "resources: [../x.yaml]", "x.yaml": deployment}, "/a", "build", "security"},
		"/etc/passwd":               {files{"kustomization.yaml": "resources: [/etc/passwd]"}, "/", "build", "/etc/passwd"},
		"link out of the tree":      {files{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "link -> /etc/passwd"}, "/", "denied", "leaves the repository"},
		"link to above":             {files{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "link -> ../../x"}, "/", "denied", "leaves the repository"},
		"https file":                {files{"kustomization.yaml": "resources: [https://127.0.0.1:1/x.yaml]"}, "/", "remote", "https://127.0.0.1:1/x.yaml"},
		"file URL":                  {files{"kustomization.yaml": "resources: ['file:///etc/passwd']"}, "/", "remote", "file:///etc/passwd"},
		"git base":                  {files{"kustomization.yaml": "resources: ['github.com/evil/x?ref=main']"}, "/", "remote", "github.com/evil/x"},
		"git over ssh":              {files{"kustomization.yaml": "bases: ['git::ssh://git@127.0.0.1/o/x']"}, "/", "remote", "ssh://git@127.0.0.1/o/x"},
		"scp form":                  {files{"kustomization.yaml": "resources: ['git@github.com:o/r//dir']"}, "/", "remote", "git@github.com:o/r"},
		"metadata service":          {files{"kustomization.yaml": "resources: ['http://169.254.169.254/latest/meta-data']"}, "/", "remote", "169.254.169.254"},
		"remote below":              {files{"kustomization.yaml": "resources: [b]", "b/kustomization.yaml": "resources: ['https://example.com/o/r']"}, "/", "remote", "b/kustomization.yaml"},
		"a bomb of aliases":         {files{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "a: b\n---\n" + aliasBomb}, "/", "limit", "the aliases in x.yaml"},
		"fields in another case":    {files{"kustomization.yaml": "Resources: ['https://example.com/o/r']"}, "/", "remote", "https://example.com/o/r"},
		"charts in another case":    {files{"kustomization.yaml": "HelmCharts: [{name: x}]"}, "/", "unsupported", "Helm chart"},
		"a chart generator":         {files{"kustomization.yaml": "generators: [g.yaml]", "g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\n"}, "/", "unsupported", "Helm chart"},
		"chart inflation":           {files{"kustomization.yaml": "helmCharts: [{name: x}]"}, "/", "unsupported", "Helm chart"},
		"exec generator":            {files{"kustomization.yaml": "generators: [g.yaml]", "g.yaml": execGenerator}, "/", "unsupported", "never run"},
		"exec function":             {files{"kustomization.yaml": "resources: [web.yaml]\ntransformers: [f.yaml]", "web.yaml": deployment, "f.yaml": execFunction}, "/", "unsupported", "never run"},
		"broken YAML":               {files{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "a: [b"}, "/", "build", "x.yaml"},
		"kustomization that is one": {files{"kustomization.yaml": "resources: [.]"}, "/", "build", "cycle"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := call(t, kustomizeBuild, test.files, map[string]any{"path": test.path, "loadRestrictor": "root"})
			if err == nil {
				t.Fatal("built")
			}
			known := asProtocolError(err)
			if known.Code != test.code || !strings.Contains(known.Message, test.says) {
				t.Errorf("got %s: %s", known.Code, known.Message)
			}
		})
	}
}

var aliasBomb = func() string {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for level := 'b'; level <= 'i'; level++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", level, level, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", level-1), 10), ", "))
	}
	return bomb
}()

const execGenerator = `apiVersion: example.com/v1
kind: Secrets
metadata:
  name: g
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./write-marker.sh}
`

const execFunction = `apiVersion: example.com/v1
kind: Change
metadata:
  name: f
  annotations:
    config.kubernetes.io/function: |
      container: {image: example.com/change}
`

func TestLimitsEndABuild(t *testing.T) {
	content := files{"kustomization.yaml": "resources: [many.yaml]"}
	content["many.yaml"] = strings.Repeat("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", 50)
	encoded, _ := json.Marshal(map[string]any{"path": "/", "loadRestrictor": "root"})
	_, err := kustomizeBuild(&Request{FS: mountOf(t, content), Input: encoded, Limits: protocol.Limits{Documents: 10}})
	same(t, "code", asProtocolError(err).Code, "limit")
}

func TestArgoEditsComeInOrder(t *testing.T) {
	content := files{"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": deployment}
	edits := map[string]any{
		"namePrefix": "a-", "nameSuffix": "-z", "images": []string{"nginx:9"}, "namespace": "shop",
		"replicas":     []any{map[string]any{"name": "web", "count": "4"}},
		"commonLabels": map[string]string{"team": "shop"}, "commonAnnotations": map[string]string{"note": "x"},
		"labelWithoutSelector": true,
		"patches":              []any{map[string]any{"target": map[string]any{"kind": "Deployment"}, "patch": "- {op: add, path: /spec/paused, value: true}"}},
	}
	result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/", "loadRestrictor": "root", "edits": edits})
	got := manifests(t, result, err)
	for _, part := range []string{`"name":"a-web-z"`, `"namespace":"shop"`, `"image":"nginx:9"`, `"replicas":4`, `"team":"shop"`, `"paused":true`, `"note":"x"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
}

// The schema of one build must not reach the next one: https://github.com/kubernetes-sigs/kustomize/issues/4472 is of that family.
func TestASchemaDoesNotLeakIntoTheNextBuild(t *testing.T) {
	custom := files{
		"kustomization.yaml": "resources: [web.yaml]\nopenapi: {path: schema.json}\npatches: [{path: patch.yaml}]\n",
		"web.yaml":           deployment,
		"schema.json":        `{"definitions":{}}`,
		"patch.yaml":         "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: side, image: side:1}]}}}\n",
	}
	plain := files{"kustomization.yaml": "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n", "web.yaml": deployment, "patch.yaml": custom["patch.yaml"]}
	build := func(content files) string {
		result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/", "loadRestrictor": "root"})
		return manifests(t, result, err)
	}
	openapi.ResetOpenAPI()
	schemas.custom = false
	upper := files{"kustomization.yaml": strings.Replace(custom["kustomization.yaml"], "openapi:", "OpenAPI:", 1)}
	for _, name := range []string{"web.yaml", "schema.json", "patch.yaml"} {
		upper[name] = custom[name]
	}
	alone := build(custom)
	before := build(plain)
	if strings.Count(before, `"image"`) != 2 {
		t.Errorf("built-in merge keys are lost after a custom schema: %s", before)
	}
	same(t, "custom schema after a plain build", build(custom), alone)
	same(t, "plain build after a custom schema", build(plain), before)
	same(t, "custom schema in another case", build(upper), alone)
	same(t, "plain build after that", build(plain), before)
}

// Flux loads the built-in schema first, so a custom one adds to it: https://github.com/fluxcd/pkg/blob/kustomize/v1.44.0/kustomize/kustomize_generator.go
func TestTheSchemaIsThatOfTheProduct(t *testing.T) {
	content := files{
		"kustomization.yaml": "resources: [web.yaml]\nopenapi: {path: schema.json}\npatches: [{path: patch.yaml}]\n",
		"web.yaml":           deployment,
		"schema.json":        `{"definitions":{}}`,
		"patch.yaml":         "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: side, image: side:1}]}}}\n",
	}
	for _, test := range []struct {
		schema string
		images int
	}{{"fresh", 1}, {"flux", 2}, {"fresh", 1}, {"", 1}, {"flux", 2}} {
		result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/", "schema": test.schema})
		same(t, "images with "+test.schema, strings.Count(manifests(t, result, err), `"image"`), test.images)
	}
	result, err := call(t, fluxBuild, content, map[string]any{"path": "/", "kustomization": fluxObject(map[string]any{})})
	same(t, "images with flux.build", strings.Count(manifests(t, result, err), `"image"`), 2)
}

package operations

import (
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/openapi"

	"presync.dev/engine/protocol"
)

const (
	sidePatch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: side, image: side:1}]}}}\n"
	foo       = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: foo}\n"
)

// withSchema is a base with a schema of its own that knows nothing, so that lists are replaced and not merged.
func withSchema(more files) files {
	all := files{
		"custom/kustomization.yaml": "resources: [web.yaml]\nopenapi: {path: schema.json}\npatches: [{path: patch.yaml}]\n",
		"custom/web.yaml":           deployment, "custom/patch.yaml": sidePatch, "custom/schema.json": `{"definitions":{}}`,
		"plain/kustomization.yaml": "resources: [p.yaml]\npatches: [{path: patch.yaml}]\nnameSuffix: -p\n",
		"plain/p.yaml":             deployment, "plain/patch.yaml": sidePatch,
	}
	for name, content := range more {
		all[name] = content
	}
	return all
}

// Counts of containers as `kustomize build` of 5.8.3 gives them, each in a process of its own; here one process builds them all, in
// two orders, from a fresh and from a used state. A custom schema of a base counts too, and what it finds depends on what was built
// before it in the same build.
func TestASchemaOfABaseIsThatOfAFreshProcess(t *testing.T) {
	rows := []struct {
		name    string
		content files
		images  int
	}{
		{"plain base", withSchema(files{"kustomization.yaml": "resources: [plain]"}), 2},
		{"base with a schema", withSchema(files{"kustomization.yaml": "resources: [custom]"}), 1},
		{"base with a schema, prefixed", withSchema(files{"kustomization.yaml": "resources: [custom]\nnamePrefix: n-"}), 1},
		{"custom resource before the schema", withSchema(files{"kustomization.yaml": "resources: [foo.yaml, custom]", "foo.yaml": foo}), 2},
		{"merged patch before the schema", withSchema(files{"kustomization.yaml": "resources: [plain, custom]"}), 4},
	}
	build := func(content files) int {
		result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/"})
		return strings.Count(manifests(t, result, err), `"image"`)
	}
	openapi.ResetOpenAPI()
	schemas.custom = false
	for range 2 {
		for _, row := range rows {
			same(t, row.name, build(row.content), row.images)
		}
		for at := range rows {
			row := rows[len(rows)-1-at]
			same(t, row.name+", backwards", build(row.content), row.images)
		}
	}
}

// A panic of Kustomize is the author's broken build, and leaves nothing behind.
func TestAPanicOfKustomizeIsABrokenBuild(t *testing.T) {
	content := withSchema(files{"custom/schema.json": `{"definitions":[]}`})
	_, err := call(t, kustomizeBuild, content, map[string]any{"path": "/custom"})
	same(t, "code", codeOf(err), protocol.Build)
	result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/plain"})
	same(t, "images", strings.Count(manifests(t, result, err), `"image"`), 2)
}

// Outputs and errors as 5.8.3 gives them.
func TestKustomizeBuildsAsTheProgramDoes(t *testing.T) {
	for name, test := range map[string]struct {
		files      files
		path, want string
		code, says string
	}{
		"a component by itself":    {files{"kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [foo.yaml]", "foo.yaml": foo}, "/", "foo", "", ""},
		"a component as resource":  {files{"kustomization.yaml": "resources: [c]", "c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: []"}, "/", "", "build", "expected kind != 'Component'"},
		"empty kustomization":      {files{"kustomization.yaml": ""}, "/", "", "build", "kustomization.yaml is empty"},
		"no resources":             {files{"kustomization.yaml": "resources: []"}, "/", "", "", ""},
		"a linked folder as base":  {files{"o/kustomization.yaml": "resources: [../linked]", "linked": "link -> real", "real/kustomization.yaml": "resources: [foo.yaml]\nnamePrefix: r-", "real/foo.yaml": foo}, "/o", "r-foo", "", ""},
		"a linked folder":          {files{"linked": "link -> real", "real/kustomization.yaml": "resources: [foo.yaml]", "real/foo.yaml": foo}, "/linked", "foo", "", ""},
		"a link to another folder": {files{"o/kustomization.yaml": "resources: [foo.yaml]", "o/foo.yaml": "link -> ../foo.yaml", "foo.yaml": foo}, "/o", "", "build", "security; file"},
		"fields in another case":   {files{"kustomization.yaml": "Resources: [foo.yaml]\nNamePrefix: x-", "foo.yaml": foo}, "/", "x-foo", "", ""},
		"two kustomizations":       {files{"kustomization.yaml": "resources: [foo.yaml]", "kustomization.yml": "resources: [foo.yaml]", "foo.yaml": foo}, "/", "", "build", "multiple kustomization files"},
		"a cycle":                  {files{"a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]"}, "/a", "", "build", "cycle detected"},
		"a merged path":            {files{"a/kustomization.yaml": "resources:\n- ../b\n  - ../c\n", "b/kustomization.yaml": "resources: []"}, "/a", "", "build", "ambiguous"},
		"no name":                  {files{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x}\n"}, "/", "", "build", "missing metadata.name"},
		"a scheme that is none":    {files{"kustomization.yaml": "resources: ['oci://x/y']"}, "/", "", "build", "must build at directory"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := call(t, kustomizeBuild, test.files, map[string]any{"path": test.path})
			if test.code == "" && err == nil {
				same(t, "names", strings.Join(names(t, result), " "), test.want)
				return
			}
			if err == nil || asProtocolError(err).Code != test.code || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A checkout lies in some folder; from the root of a repository there is no way up that leads back into it.
func TestPathsDoNotWrapAtTheRootOfTheRepository(t *testing.T) {
	for name, content := range map[string]files{
		"base":      {"a/kustomization.yaml": "resources: [../../base]", "base/kustomization.yaml": "resources: [foo.yaml]", "base/foo.yaml": foo},
		"file":      {"a/kustomization.yaml": "configMapGenerator: [{name: x, files: [../../foo.yaml]}]", "foo.yaml": foo},
		"patch":     {"a/kustomization.yaml": "resources: [foo.yaml]\npatches: [{path: ../../foo.yaml}]", "a/foo.yaml": foo, "foo.yaml": foo},
		"component": {"a/kustomization.yaml": "components: [../../../c]", "c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x-\n"},
	} {
		_, err := call(t, kustomizeBuild, content, map[string]any{"path": "/a", "loadRestrictor": "none"})
		if codeOf(err) != protocol.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Kustomize goes on with the second file where it could not read the first: that build is another one, and must not be the answer.
func TestAKustomizationThatIsStoppedIsNotPassedOver(t *testing.T) {
	for name, first := range map[string]string{
		"remote":     "resources: ['https://example.com/o/r']",
		"chart":      "helmCharts: [{name: x}]",
		"alias bomb": aliasBomb,
		"link":       "link -> /etc/passwd",
	} {
		content := files{"kustomization.yaml": first, "kustomization.yml": "resources: [foo.yaml]", "foo.yaml": foo}
		if result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/"}); err == nil {
			t.Errorf("%s: built %s", name, manifests(t, result, err))
		}
	}
}

func TestArgoEditsReachFilesBehindLinksAndComponentsBeside(t *testing.T) {
	content := files{
		"app": "link -> real/app", "real/app/kustomization.yaml": "resources: [foo.yaml]", "real/app/foo.yaml": foo,
		"real/parts/one/kustomization.yaml":     "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -one\n",
		"real/parts/two/kustomization.yaml":     "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -two\n",
		"real/parts/.hidden/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -hidden\n",
	}
	for _, test := range []struct {
		components []string
		ignore     bool
		want       string
	}{
		{nil, false, "x-foo"},
		{[]string{"../parts/one"}, false, "x-foo-one"},
		{[]string{"../parts/*"}, false, "x-foo-one-two"},
		{[]string{"../parts/gone", "../parts/two", "../parts/one"}, true, "x-foo-two"},
		{[]string{"../parts/gone"}, false, ""},
	} {
		edits := map[string]any{"namePrefix": "x-", "components": test.components, "ignoreMissingComponents": test.ignore}
		result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/real/app", "edits": edits})
		if (err != nil) != (test.want == "") {
			t.Errorf("%v: %v", test.components, err)
		} else if err == nil {
			same(t, "name", strings.Join(names(t, result), " "), test.want)
		}
	}
	result, err := call(t, kustomizeBuild, content, map[string]any{"path": "/app", "edits": map[string]any{"namePrefix": "x-"}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "name behind a link", strings.Join(names(t, result), " "), "x-foo")
}

func TestAPatchThatDoublesEndsAtALimit(t *testing.T) {
	Warm()
	patch := "- {op: add, path: /x, value: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]}\n" + strings.Repeat("- {op: copy, from: /x, path: /x/0}\n", 60)
	content := files{"kustomization.yaml": "resources: [foo.yaml]\npatches: [{path: p.yaml, target: {kind: Foo}}]", "foo.yaml": foo, "p.yaml": patch}
	if _, err := call(t, kustomizeBuild, content, map[string]any{"path": "/"}); err == nil || !strings.Contains(err.Error(), "copy") {
		t.Errorf("got %v", err)
	}
}

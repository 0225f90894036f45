package operations

import (
	"fmt"
	"strings"
	"testing"
)

const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"

func named(name string) string { return fmt.Sprintf(manifest, name) }

func TestDirectoryLoadSelectsAsTheRepoServerDoes(t *testing.T) {
	content := files{
		"app/a.yaml":          named("a"),
		"app/b.yml":           named("b"),
		"app/c.json":          `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`,
		"app/d.txt":           named("d"),
		"app/e.YAML":          named("e"),
		"app/skipped.yaml":    "# +argocd:skip-file-rendering\n" + named("skipped"),
		"app/linked.yaml":     "link -> ../other/o.yaml",
		"app/dangling.yaml":   "link -> nowhere.yaml",
		"app/folder.yaml":     "link -> ../other",
		"app/sub/f.yaml":      named("f"),
		"app/.dot/g.yaml":     named("g"),
		"app/sub/deep/h.yaml": named("h"),
		"other/o.yaml":        named("o"),
	}
	rows := []struct {
		name  string
		input map[string]any
		want  string
	}{
		{"one folder", nil, "a b c o"},
		{"with folders below, hidden ones too", map[string]any{"recurse": true}, "g a b c o h f"},
		{"exclude", map[string]any{"exclude": "*.json"}, "a b o"},
		{"a star crosses folders", map[string]any{"recurse": true, "include": "s*.yaml"}, "h f"},
		{"braces", map[string]any{"include": "{a,c}.*"}, "a c"},
		{"exclude goes before include", map[string]any{"include": "*.yaml", "exclude": "a.*"}, "o"},
		{"the path in the glob is relative to the folder", map[string]any{"recurse": true, "include": "sub/*"}, "h f"},
		{"any extension", map[string]any{"disableExtensionFilter": true, "include": "{d,e}.*"}, "d e"},
		{"exactly these files", map[string]any{"files": []string{"b.yml", "/app/sub/f.yaml"}}, "b f"},
		{"no files", map[string]any{"files": []string{}}, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			asked := map[string]any{"path": "app"}
			for key, value := range row.input {
				asked[key] = value
			}
			result, err := call(t, directoryLoad, content, asked)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "names", strings.Join(names(t, result), " "), row.want)
		})
	}
}

func TestDirectoryLoadReads(t *testing.T) {
	rows := []struct {
		name, file, text string
		want             string // names with document:line
		code             string // of the error
		line             int
	}{
		{"two documents", "a.yaml", named("a") + "---\n# why\n" + named("b"), "a@0:1 b@1:6", "", 0},
		{"nothing", "a.yaml", "", "", "", 0},
		{"comments", "a.yaml", "# a\n---\n", "", "", 0},
		{"byte order mark", "a.yaml", "\ufeff" + named("a"), "a@0:1", "", 0},
		{"UTF-16", "a.yaml", utf16LE(named("a")), "a@0:1", "", 0},
		{"a List", "a.yaml", "apiVersion: v1\nkind: List\nitems:\n- " + flow("a") + "\n- {apiVersion: v1, kind: List, items: [" + flow("b") + "]}\n", "a@0:1 b@0:1", "", 0},
		{"a List without items", "a.yaml", "apiVersion: v1\nkind: List\nitems: null\n", "", "", 0},
		{"broken, and nothing like a manifest", "a.yaml", "a: [", "", "", 0},
		{"broken like a manifest", "a.yaml", named("a") + "x: [", "", "build", 4},
		{"broken after a good document", "a.yaml", named("a") + "---\nx: [", "", "build", 5},
		{"values without a kind", "values.yaml", "replicas: 1\n", "", "", 0},
		{"a kind is all that is asked", "a.yaml", "kind: A\nmetadata: {name: a}\n", "a@0:1", "", 0},
		{"without a kind after a good document", "a.yaml", named("a") + "---\nx: 1\n", "", "build", 5},
		{"a JSON file with two objects", "a.json", flowJSON("a") + flowJSON("b"), "", "build", 1},
		{"a broken JSON file", "a.json", `{"apiVersion":`, "", "build", 1},
		{"an OCI manifest", "index.json", `{"schemaVersion":2,"layers":[]}`, "", "", 0},
		{"a JSON list", "a.json", "[" + flowJSON("a") + "]", "", "build", 1},
		{"the last of two keys counts", "a.yaml", named("a") + "metadata: {name: b}\n", "b@0:1", "", 0},
		{"a bomb", "a.yaml", named("a") + laughs(9), "", "limit", 1},
		{"100,000 documents", "a.yaml", strings.Repeat("kind: A\n---\n", 100_000), "", "limit", 0},
		{"over 10 MB", "a.yaml", named("a") + "# " + strings.Repeat("x", 10_000_000), "", "limit", 0},
		{"a link out of the repository", "a.yaml", "link -> ../../etc/passwd", "", "denied", 0},
		{"Jsonnet, one object", "a.jsonnet", `{apiVersion: 'v1', kind: 'A', metadata: {name: 'a' + 1}}`, "a1@0:0", "", 0},
		{"Jsonnet, a list", "a.jsonnet", `[{apiVersion: 'v1', kind: 'A', metadata: {name: n}} for n in ['a', 'b']]`, "a@0:0 b@1:0", "", 0},
		{"Jsonnet that fails", "a.jsonnet", `error 'no'`, "", "build", 1},
		{"Jsonnet without end", "a.jsonnet", `local f(x) = f(x + 1) + 1; {kind: 'A', x: f(0)}`, "", "build", 1},
		{"Jsonnet above the root", "a.jsonnet", `import '../../etc/passwd'`, "", "build", 1},
		{"Jsonnet of the machine", "a.jsonnet", `import '/etc/passwd'`, "", "build", 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, directoryLoad, files{"app/" + row.file: row.text}, map[string]any{"path": "app"})
			same(t, "code", codeOf(err), row.code)
			if err != nil {
				same(t, "line", lineOfError(err), row.line)
				return
			}
			var found []string
			for _, object := range result.Objects {
				same(t, "path", object.Origin.Path, "app/"+row.file)
			}
			for at, name := range names(t, result) {
				found = append(found, fmt.Sprintf("%s@%d:%d", name, result.Objects[at].Origin.Document, result.Objects[at].Origin.Line))
			}
			same(t, "objects", strings.Join(found, " "), row.want)
		})
	}
}

func TestDirectoryLoadEvaluatesJsonnet(t *testing.T) {
	content := files{
		"app/a.jsonnet":        "local l = import 'l.libsonnet'; function(name='none', count=0) l.object(name + count + std.extVar('e') + importstr 'text.txt')",
		"app/text.txt":         "T",
		"vendor/l.libsonnet":   "{object(n):: {kind: 'Wrong', metadata: {name: n}}}",
		"vendor/2/l.libsonnet": "{object(n):: {kind: 'A', metadata: {name: n}}}",
	}
	result, err := call(t, directoryLoad, content, map[string]any{"path": "app", "jsonnet": map[string]any{
		"tlas":    []any{map[string]any{"name": "name", "value": "n"}, map[string]any{"name": "count", "value": "1 + 1", "code": true}},
		"extVars": []any{map[string]any{"name": "e", "value": "E"}},
		"libs":    []string{"vendor", "vendor/2"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "object", string(result.Objects[0].Manifest), `{"kind":"A","metadata":{"name":"n2ET"}}`)
	_, err = call(t, directoryLoad, content, map[string]any{"path": "app", "jsonnet": map[string]any{"libs": []string{"../.."}}})
	same(t, "code", codeOf(err), "denied")
}

func flow(name string) string {
	return "{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + "}}"
}

func flowJSON(name string) string {
	return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + name + `"}}`
}

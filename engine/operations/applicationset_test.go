package operations

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
	"sigs.k8s.io/yaml"
)

const setRepo = "https://github.com/o/apps"

// setOf is an ApplicationSet whose template names and paths come from the arguments.
func setOf(spec string) string {
	return "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set, namespace: argocd}\nspec:\n" + indented(spec)
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}

const (
	plainTemplate = `
template:
  metadata: {name: '{{name}}'}
  spec:
    destination: {server: https://kubernetes.default.svc, namespace: web}
    source: {repoURL: https://github.com/o/apps, path: 'apps/{{name}}'}
`
	goodTemplate = `
goTemplate: true
template:
  metadata: {name: '{{ .name }}'}
  spec:
    destination: {server: https://kubernetes.default.svc, namespace: web}
    source: {repoURL: https://github.com/o/apps, path: 'apps/{{ .name }}'}
`
)

func fromYAML(t *testing.T, text string) json.RawMessage {
	t.Helper()
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// generateSet runs the operation as the host would, with repositories by URL and ref; "denied" is refused.
func generateSet(t *testing.T, set string, more map[string]any, repositories map[string]files) (*Result, *protocol.Error, *vfs.FS) {
	t.Helper()
	mounts := vfs.FromFiles(files{"own.json": `{"name": "own"}`})
	input := map[string]any{"applicationSet": fromYAML(t, set)}
	maps.Copy(input, more)
	encoded, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	request := &Request{FS: mounts, Input: encoded, Remotes: func(wanted []protocol.Remote) error {
		for _, remote := range wanted {
			content, known := repositories[strings.TrimSuffix(remote.URL+"@"+remote.Ref, "@")]
			if !known || remote.Kind != "git" {
				return &protocol.Error{Code: protocol.RemoteCode, Message: remote.URL + " is needed: not allowed"}
			}
			mounts.Mount(vfs.Mounted{At: remote.At, Tree: vfs.LiteralTree(mounts, remote.URL+remote.Ref, content)})
		}
		return nil
	}}
	result, failure := Run("applicationset.generate", request)
	return result, failure, mounts
}

func appNames(t *testing.T, result *Result) string {
	t.Helper()
	found := make([]string, 0, len(result.Objects))
	for _, object := range result.Objects {
		found = append(found, metadataOf(t, object).Name)
	}
	return strings.Join(found, " ")
}

type appMetadata struct {
	Name, Namespace     string
	Labels, Annotations map[string]string
	Finalizers          []string
}

func metadataOf(t *testing.T, object Object) appMetadata {
	t.Helper()
	var manifest struct{ Metadata appMetadata }
	if err := json.Unmarshal(object.Manifest, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Metadata
}

var monorepo = map[string]files{setRepo: {
	"apps/web/kustomization.yaml": "", "apps/db/kustomization.yaml": "", "apps/.hidden/x.yaml": "", "apps/db/old/x.yaml": "",
	"apps/link": "link -> db", "README.md": "", "broken.yaml": "a: {", "charts/x/Chart.yaml": "",
	"config/a.json":        `{"name": "a", "nested": {"list": [{"name": "a1"}, {"name": "a2"}]}}`,
	"config/deep/b.json":   `[{"name": "b1"}, {"name": "b2"}]`,
	"config/skip/c.json":   `{"name": "c"}`,
	"config/empty.yaml":    "",
	"config/linked.json":   "link -> a.json",
	"config/outside.json2": "link -> ../../x",
	"config/web.yaml":      "name: web\nenvironment: prod\n",
	"env/prod.yaml":        "environment: prod\n",
}, setRepo + "@v1": {"apps/first/x.yaml": ""}}

var twoClusters = []map[string]any{
	{"name": "east", "server": "https://east", "project": "p", "labels": map[string]string{"environment": "prod"}, "annotations": map[string]string{"team": "t"}},
	{"name": "west", "server": "https://west", "labels": map[string]string{"environment": "test"}},
}

func TestApplicationSet(t *testing.T) {
	git := "generators:\n- git: {repoURL: " + setRepo + ", revision: HEAD, "
	directory := `
template:
  metadata: {name: '{{path.basename}}'}
  spec: {destination: {name: x}, source: {repoURL: x, path: '{{path}}'}}
`
	rows := []struct {
		name, spec string
		more       map[string]any
		want       string // names
		manifests  string // what must stand in the manifests
	}{
		{name: "list", spec: "generators: [{list: {elements: [{name: b}, {name: a}]}}]" + plainTemplate, want: "a b", manifests: `"path":"apps/`},
		{name: "list as text", spec: "generators: [{list: {elementsYaml: '[{name: a}, {name: b}]'}}]" + goodTemplate, want: "a b"},
		{name: "template of a generator over that of the set", spec: "generators: [{list: {elements: [{name: a}], template: {metadata: {labels: {l: '{{name}}'}}, spec: {project: other, destination: {}}}}}]" + plainTemplate, want: "a", manifests: `"project":"other"`},
		{name: "what nobody gives stays text", spec: "generators: [{list: {elements: [{name: a, x: '{{no}}'}]}}]" + plainTemplate, want: "a"},
		{name: "selector", spec: "generators: [{list: {elements: [{name: a, e: p}, {name: b, e: q}]}, selector: {matchLabels: {e: q}}}]" + plainTemplate, want: "b"},
		{name: "folders", spec: git + "directories: [{path: apps/*}]}" + directory, want: "db web", manifests: `"path":"apps/`},
		{name: "folders, one left out", spec: git + "directories: [{path: 'apps/*'}, {path: apps/db, exclude: true}]}" + directory, want: "web"},
		{name: "folders at depth", spec: git + "directories: [{path: '*/*/*'}]}" + directory, want: "old"},
		{name: "folders with a class", spec: git + "directories: [{path: 'apps[^x]web'}]}" + directory, want: "web"},
		{name: "folders of another revision", spec: "generators:\n- git: {repoURL: " + setRepo + ", revision: v1, directories: [{path: apps/*}]}" + directory, want: "first"},
		{name: "folders win over files", spec: git + "directories: [{path: apps/web}], files: [{path: config/a.json}]}" + directory, want: "web"},
		{name: "files", spec: git + "files: [{path: 'config/*.json'}, {path: 'config/skip/**', exclude: true}, {path: config/linked.json, exclude: true}]}" + plainTemplate, want: "a b1 b2"},
		{name: "files with the new globbing", spec: git + "files: [{path: 'config/*.json'}, {path: config/linked.json, exclude: true}]}" + plainTemplate, more: map[string]any{"newGitFileGlobbing": true}, want: "a"},
		{name: "files of the new globbing, all folders", spec: git + "files: [{path: 'config/**/*.json'}, {path: config/linked.json, exclude: true}]}" + plainTemplate, more: map[string]any{"newGitFileGlobbing": true}, want: "a b1 b2 c"},
		{name: "a link out of the repository, with the new globbing", spec: git + "files: [{path: 'config/*.json*'}, {path: config/linked.json, exclude: true}]}" + plainTemplate, more: map[string]any{"newGitFileGlobbing": true}, want: "a"},
		{name: "no folder above the repository, with the new globbing", spec: git + "files: [{path: '../../../*.json'}, {path: config/a.json}]}" + plainTemplate, more: map[string]any{"newGitFileGlobbing": true}, want: "a"},
		{name: "a link is a file", spec: git + "files: [{path: config/linked.json}]}" + plainTemplate, want: "a"},
		{name: "a plain folder means what is below", spec: git + "files: [{path: config/deep}]}" + plainTemplate, want: "b1 b2"},
		{name: "an empty file is an empty set", spec: git + "files: [{path: config/empty.yaml}]}\ntemplate: {metadata: {name: '{{path.filenameNormalized}}'}, spec: {destination: {name: x}}}", want: "empty.yaml"},
		{name: "prefix of the path", spec: git + "directories: [{path: apps/web}], pathParamPrefix: my, values: {v: '{{my.path}}'}}\ntemplate: {metadata: {name: '{{my.path.basename}}', labels: {v: '{{values.v}}'}}, spec: {destination: {name: x}}}", want: "web", manifests: `"v":"apps/web"`},
		{name: "clusters", spec: "generators: [{clusters: {}}]" + plainTemplate, more: map[string]any{"clusters": twoClusters}, want: "east in-cluster west"},
		{name: "clusters by label", spec: "generators: [{clusters: {selector: {matchLabels: {environment: prod}}}}]" + plainTemplate, more: map[string]any{"clusters": twoClusters}, want: "east"},
		{name: "what is known of a cluster", spec: "generators: [{clusters: {selector: {matchLabels: {environment: prod}}, values: {v: '{{metadata.labels.environment}}'}}}]\ntemplate: {metadata: {name: '{{name}}-{{project}}-{{metadata.annotations.team}}-{{values.v}}'}, spec: {destination: {server: '{{server}}'}}}", more: map[string]any{"clusters": twoClusters}, want: "east-p-t-prod"},
		{name: "matrix", spec: "generators: [{matrix: {generators: [{list: {elements: [{a: x}, {a: z}]}}, {list: {elements: [{b: '1'}, {b: '2'}]}}]}}]\ntemplate: {metadata: {name: '{{a}}{{b}}'}, spec: {destination: {name: x}}}", want: "x1 x2 z1 z2"},
		{name: "matrix over files and clusters", spec: "generators: [{matrix: {generators: [{git: {repoURL: " + setRepo + ", revision: HEAD, files: [{path: 'env/*.yaml'}]}}, {clusters: {selector: {matchLabels: {environment: '{{environment}}'}}}}]}}]" + plainTemplate, more: map[string]any{"clusters": twoClusters}, want: "east"},
		{name: "git templated in a matrix", spec: "generators: [{matrix: {generators: [{list: {elements: [{r: v1}]}}, {git: {repoURL: " + setRepo + ", revision: '{{r}}', directories: [{path: apps/*}]}}]}}]" + directory, want: "first"},
		{name: "list made of a file", spec: "generators: [{matrix: {generators: [{git: {repoURL: " + setRepo + ", revision: HEAD, files: [{path: config/a.json}]}}, {list: {elementsYaml: '{{ .nested.list | toJson }}'}}]}}]\ngoTemplate: true\ntemplate: {metadata: {name: '{{ .name }}-{{ len .nested.list }}'}, spec: {destination: {name: x}}}", want: "a-2 a-2"},
		{name: "merge", spec: "generators: [{merge: {mergeKeys: [name], generators: [{list: {elements: [{name: a, v: '1'}, {name: b, v: '1'}]}}, {list: {elements: [{name: b, v: '2'}, {name: c, v: '2'}]}}]}}]\ntemplate: {metadata: {name: '{{name}}{{v}}'}, spec: {destination: {name: x}}}", want: "a1 b2"},
		{name: "merge in a matrix", spec: "generators: [{matrix: {generators: [{list: {elements: [{e: x}]}}, {merge: {mergeKeys: [name], generators: [{list: {elements: [{name: a, v: '1'}]}}, {list: {elements: [{name: a, v: '2'}]}}]}}]}}]\ntemplate: {metadata: {name: '{{e}}{{name}}{{v}}'}, spec: {destination: {name: x}}}", want: "xa2"},
		{name: "matrix in a matrix", spec: "generators: [{matrix: {generators: [{list: {elements: [{e: x}]}}, {matrix: {generators: [{list: {elements: [{name: a}]}}, {clusters: {selector: {matchLabels: {environment: prod}}}}]}}]}}]\ngoTemplate: true\ntemplate: {metadata: {name: '{{.e}}{{.name}}'}, spec: {destination: {server: '{{.server}}'}}}", more: map[string]any{"clusters": twoClusters}, want: "xa"},
		{name: "templatePatch", spec: "generators: [{list: {elements: [{name: a, prune: true}]}}]\ntemplatePatch: |\n  spec:\n    project: stolen\n    syncPolicy: {automated: {prune: {{ .prune }}}}" + goodTemplate, want: "a", manifests: `"syncPolicy":{"automated":{"prune":true}}`},
		{name: "templatePatch keeps the project", spec: "generators: [{list: {elements: [{name: a}]}}]\ntemplatePatch: 'spec: {project: stolen}'" + goodTemplate, want: "a", manifests: `"project":"default"`},
		{name: "a finalizer is added", spec: "generators: [{list: {elements: [{name: a}]}}]" + plainTemplate, want: "a", manifests: `"finalizers":["resources-finalizer.argocd.argoproj.io"]`},
		{name: "zero blocks are removed", spec: "generators: [{list: {elements: [{name: a}]}}]\ntemplate: {metadata: {name: '{{name}}'}, spec: {destination: {name: x}, source: {repoURL: r, helm: {}}}}", want: "a", manifests: `"source":{"repoURL":"r"}`},
		{name: "options, and fields that only concern what is there", spec: "generators: [{list: {elements: [{name: a}]}}]\ngoTemplateOptions: ['missingkey=error']\npreservedFields: {annotations: [x]}\nignoreApplicationDifferences: [{jsonPointers: [/spec/x]}]\nstrategy: {type: AllAtOnce}" + goodTemplate, want: "a"},
		{name: "the namespace is that of the set", spec: "generators: [{list: {elements: [{name: a}]}}]\ntemplate: {metadata: {name: '{{name}}', namespace: elsewhere}, spec: {destination: {name: x}}}", want: "a", manifests: `"namespace":"argocd"`},
		{name: "pull requests that were declared", spec: "generators: [{pullRequest: {github: {owner: o, repo: r}, values: {v: 'pr-{{ .number }}'}}}]\ngoTemplate: true\ntemplate: {metadata: {name: '{{ .values.v }}-{{ index .labels 0 }}'}, spec: {destination: {name: x}}}", more: map[string]any{"samples": map[string]any{"pullRequest": []any{map[string]any{"number": "7", "labels": []string{"preview"}}}}}, want: "pr-7-preview"},
		{name: "repositories that were declared, in a matrix", spec: "generators: [{matrix: {generators: [{scmProvider: {github: {organization: o}}}, {list: {elements: [{e: x}]}}]}}]\ngoTemplate: true\ntemplate: {metadata: {name: '{{ .repository }}-{{ .repository_id }}-{{ .e }}'}, spec: {destination: {name: x}}}", more: map[string]any{"samples": map[string]any{"scmProvider": []any{map[string]any{"repository": "r", "repository_id": 190320251}}}}, want: "r-190320251-x"},
		{name: "a plugin's answer that was declared", spec: "generators: [{plugin: {configMapRef: {name: cm}, input: {parameters: {p: 1}}, values: {v: '{{k.l}}'}}}]\ntemplate: {metadata: {name: '{{k.l}}-{{values.v}}'}, spec: {destination: {name: x}}}", more: map[string]any{"samples": map[string]any{"plugin": map[string]any{"cm": []any{map[string]any{"k": map[string]any{"l": 1}}}}}}, want: "1-1"},
		{name: "cluster decisions that were declared", spec: "generators: [{clusterDecisionResource: {configMapRef: cm, name: d, values: {v: '{{name}}'}}}]\ntemplate: {metadata: {name: '{{name}}-{{weight}}'}, spec: {destination: {server: '{{server}}'}}}", more: map[string]any{"samples": map[string]any{"clusterDecisionResource": []any{map[string]any{"name": "east", "server": "https://east", "weight": 3}}}}, want: "east-3"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, failure, _ := generateSet(t, setOf(row.spec), row.more, monorepo)
			if failure != nil {
				t.Fatal(failure)
			}
			names := appNames(t, result)
			if row.name == "list made of a file" { // one name twice: none of them
				same(t, "names", names, "")
				same(t, "problems", len(result.Problems), 1)
				return
			}
			same(t, "names", names, row.want)
			same(t, "problems", len(result.Problems), 0)
			same(t, "uses", result.Uses, []string{})
			for _, object := range result.Objects {
				same(t, "origin", object.Origin, Origin{})
				if !strings.Contains(string(object.Manifest), row.manifests) {
					t.Errorf("%s has no %s", object.Manifest, row.manifests)
				}
			}
		})
	}
}

func TestApplicationSetsThatCannotBe(t *testing.T) {
	git := "generators:\n- git: {repoURL: " + setRepo + ", revision: HEAD, "
	rows := []struct {
		name, spec string
		more       map[string]any
		code, says string
	}{
		{"a key that nobody gives", "generators: [{list: {elements: [{x: a}]}}]\ngoTemplateOptions: ['missingkey=error']" + goodTemplate, nil, "build", `no entry for key "name"`},
		{"an unknown option", "generators: [{list: {elements: [{name: a}]}}]\ngoTemplateOptions: ['missingkey=maybe']" + goodTemplate, nil, "build", "unrecognized option"},
		{"one good and one broken generator", "generators: [{list: {elements: [{name: a}]}}, {matrix: {generators: [{list: {elements: [{name: a}]}}]}}]" + plainTemplate, nil, "build", "less than two generators"},
		{"a pattern with a special pathspec", git + "files: [{path: ':(glob)**/x.json'}]}" + plainTemplate, nil, "unsupported", ":(glob)**/x.json"},
		{"files outside of the repository", git + "files: [{path: ../x}]}" + plainTemplate, nil, "build", "outside of the repository"},
		{"a folder read as a file", git + "files: [{path: config/*}]}" + plainTemplate, map[string]any{"newGitFileGlobbing": true}, "build", "unable to read config/deep of https://github.com/o/apps, which config/* matches: is a directory"},
		{"a link out of the repository", git + "files: [{path: config/*.json2}]}" + plainTemplate, nil, "denied", "leaves the repository"},
		{"a file that is no YAML", git + "files: [{path: broken.yaml}]}" + plainTemplate, nil, "build", "unable to process file 'broken.yaml'"},
		{"neither files nor folders", git + "}" + plainTemplate, nil, "build", "ApplicationSet is empty"},
		{"a repository that is refused", "generators: [{git: {repoURL: https://other/x, revision: HEAD, directories: [{path: '*'}]}}]" + plainTemplate, nil, "remote", "https://other/x is needed"},
		{"pull requests", "generators: [{pullRequest: {github: {owner: o, repo: r}}}]" + plainTemplate, nil, "unsupported", "`argocd.generators.pullRequest` in .presync.yaml"},
		{"an organisation, deep inside", "generators: [{matrix: {generators: [{list: {elements: [{e: x}]}}, {matrix: {generators: [{list: {elements: [{name: a}]}}, {scmProvider: {github: {organization: o}}}]}}]}}]" + plainTemplate, nil, "unsupported", "`argocd.generators.scmProvider`"},
		{"a plugin", "generators: [{plugin: {configMapRef: {name: cm}}}]" + plainTemplate, map[string]any{"samples": map[string]any{"plugin": map[string]any{"other": []any{}}}}, "unsupported", "`argocd.generators.plugin.cm`"},
		{"cluster decisions", "generators: [{clusterDecisionResource: {configMapRef: cm, name: d}}]" + plainTemplate, nil, "unsupported", "`argocd.generators.clusterDecisionResource`"},
		{"an OCI artifact", "generators: [{oci: {repoURL: oci://x/y, revision: v1, directories: [{path: '*'}]}}]" + plainTemplate, nil, "unsupported", "oci generator"},
		{"a value of the wrong shape", "generators: {list: {}}" + plainTemplate, nil, "build", "cannot be read"},
		{"a billion steps", "generators: [{list: {elements: [{name: '{{ range 1000000000 }}{{ end }}'}]}}]" + goodTemplate, nil, "limit", "sequence"},
		{"a billion letters behind a variable", "generators: [{list: {elements: [{name: a, many: 1000000000}]}}]\ntemplatePatch: '{{ $n := int .many }}{{ repeat $n \"x\" }}'" + goodTemplate, nil, "limit", "repeated text"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, failure, _ := generateSet(t, setOf(row.spec), row.more, monorepo)
			if failure == nil || failure.Code != row.code || !strings.Contains(failure.Message, row.says) {
				t.Errorf("got %+v", failure)
			}
		})
	}
}

func TestApplicationSetsThatArgoCDPassesOver(t *testing.T) {
	rows := []struct {
		name, spec string
		more       map[string]any
		want       string
		problem    string
		warning    string
	}{
		{"two apps with one name, and one more", "generators: [{list: {elements: [{name: a}, {name: b}, {name: a}]}}]" + plainTemplate, nil, "b", "2 apps with the name a", ""},
		{"no name", "generators: [{list: {elements: [{name: ''}]}}]" + goodTemplate, nil, "", "without a name", "generates no apps"},
		{"a destination with name and server", "generators: [{list: {elements: [{name: a}]}}]\ntemplate: {metadata: {name: '{{name}}'}, spec: {destination: {name: x, server: z}}}", nil, "", "both name and server", "generates no apps"},
		{"no destination", "generators: [{list: {elements: [{name: a}]}}]\ntemplate: {metadata: {name: '{{name}}'}, spec: {}}", nil, "", "destination", ""},
		{"an unknown generator", "generators: [{lists: {elements: [{name: a}]}}]" + plainTemplate, nil, "", "spec.generators[0] is of no kind that Argo CD 3.6.1 knows (lists)", `unknown field "spec.generators[0].lists"`},
		{"an empty generator", "generators: [{}, {list: {elements: [{name: a}]}}]" + plainTemplate, nil, "a", "spec.generators[0]", ""},
		{"no generators", "generators: []" + plainTemplate, nil, "", "", "generates no apps"},
		{"another case", "generators: [{list: {elements: [{name: a}]}}]\nGoTemplate: true" + plainTemplate, nil, "a", "", `unknown field "spec.GoTemplate"`},
		{"a field at the wrong place", "generators: [{list: {elements: [{name: a}]}}]\npreserveResourcesOnDeletion: true" + plainTemplate, nil, "a", "", "preserveResourcesOnDeletion"},
		{"a field at the wrong place, nested", "generators: [{matrix: {generators: [{list: {elements: [{e: x}]}}, {matrix: {mergeKeys: [x], generators: [{list: {elements: [{name: a}]}}, {list: {elements: [{f: x}]}}]}}]}}]" + plainTemplate, nil, "a", "", `spec.generators[0].matrix.generators[1].matrix: unknown field "mergeKeys"`},
		{"a project that nobody declared", "generators: [{list: {elements: [{name: a}]}}]\ntemplate: {metadata: {name: '{{name}}'}, spec: {project: p, destination: {name: x}}}", nil, "a", "", "AppProject p is not among"},
		{"signed commits", "generators: [{git: {repoURL: " + setRepo + ", revision: HEAD, directories: [{path: apps/web}]}}]\ntemplate: {metadata: {name: '{{path.basename}}'}, spec: {project: p, destination: {name: x}}}",
			map[string]any{"projects": []any{map[string]any{"metadata": map[string]any{"name": "p"}, "spec": map[string]any{"signatureKeys": []any{map[string]any{"keyID": "x"}}}}}}, "web", "", "demands signed commits"},
		{"a sample is said", "generators: [{pullRequest: {github: {owner: o, repo: r}}}]" + plainTemplate, map[string]any{"samples": map[string]any{"pullRequest": []any{map[string]any{"name": "a"}}}}, "a", "", "the 1 parameter sets declared"},
		{"a sample of nothing", "generators: [{pullRequest: {github: {owner: o, repo: r}}}]" + plainTemplate, map[string]any{"samples": map[string]any{"pullRequest": []any{}}}, "", "", "generates no apps"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, failure, _ := generateSet(t, setOf(row.spec), row.more, monorepo)
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "names", appNames(t, result), row.want)
			same(t, "has problems", len(result.Problems) > 0, row.problem != "")
			for _, problem := range result.Problems {
				if problem.Code != "ignored" || !strings.Contains(problem.Message, row.problem) {
					t.Errorf("problem %+v", problem)
				}
			}
			if warned := strings.Join(result.Warnings, "\n"); !strings.Contains(warned, row.warning) {
				t.Errorf("warnings: %s", warned)
			}
		})
	}
}

func TestResourcesThatStayWhenASetGoes(t *testing.T) {
	for finalizers, spec := range map[string]string{
		"":     "syncPolicy: {preserveResourcesOnDeletion: true}\ntemplate: {metadata: {name: '{{name}}'}, spec: {destination: {name: x}}}",
		"mine": "template: {metadata: {name: '{{name}}', finalizers: [mine]}, spec: {destination: {name: x}}}",
	} {
		result, failure, _ := generateSet(t, setOf("generators: [{list: {elements: [{name: a}]}}]\n"+spec), nil, nil)
		if failure != nil {
			t.Fatal(failure)
		}
		same(t, "finalizers", strings.Join(metadataOf(t, result.Objects[0]).Finalizers, " "), finalizers)
	}
}

func TestApplicationSetsThatAreNotPredictable(t *testing.T) {
	one := "generators: [{list: {elements: [{name: a}]}}]\ngoTemplate: true\ntemplate: {metadata: {name: a, labels: {x: '%', y: fixed}}, spec: {destination: {name: x}}}"
	rows := []struct{ name, spec, uses, volatile string }{
		{"the clock, however coarse", strings.Replace(one, "%", `{{ now | date "2006" }}`, 1), "now", "/metadata/labels/x"},
		{"random text", strings.Replace(one, "%", `{{ randAlpha 5 }}`, 1), "random", "/metadata/labels/x"},
		{"a random name", strings.Replace(strings.Replace(one, "%", "z", 1), "name: a, l", "name: 'a-{{ uuidv4 }}', l", 1), "random", "/metadata/name"},
		{"the clock without effect", strings.Replace(one, "%", `{{ $x := now }}z`, 1), "now", ""},
		{"the order of a flat list", "generators: [{clusters: {flatList: true}}]\ngoTemplate: true\ntemplate: {metadata: {name: a, labels: {x: '{{ (index .clusters 0).name }}'}}, spec: {destination: {name: x}}}", "random", "/metadata/labels/x"},
		{"a flat list of which the order does not matter", "generators: [{clusters: {flatList: true}}]\ngoTemplate: true\ntemplate: {metadata: {name: a, labels: {x: '{{ len .clusters }}'}}, spec: {destination: {name: x}}}", "", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, failure, _ := generateSet(t, setOf(row.spec), map[string]any{"clusters": twoClusters}, nil)
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "uses", strings.Join(result.Uses, " "), row.uses)
			same(t, "volatile", strings.Join(result.Objects[0].Volatile, " "), row.volatile)
			same(t, "has variants", result.Value != nil, row.volatile != "")
		})
	}
	// What was put into Argo CD's templates is taken out again.
	result, err := call(t, goTemplate, nil, map[string]any{"template": `{{ now | date "2006-01-02 15:04:05" }}`, "params": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, instant := range instants {
		if result.Value == instant.Format(time.DateTime) {
			t.Errorf("the clock still says %s", result.Value)
		}
	}
}

func TestAGitGeneratorReadsOnlyWhereItLooks(t *testing.T) {
	rows := []struct{ name, git, listed string }{
		{"folders", "directories: [{path: apps/*}]", " apps"},
		{"folders at depth", "directories: [{path: '*/*/old'}]", " apps apps/db apps/web charts charts/x config config/deep config/skip env"},
		{"files", "files: [{path: 'config/deep/*.json'}]", "config/deep"},
		{"one file", "files: [{path: config/web.yaml}]", "config config/deep config/skip"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			spec := "generators: [{git: {repoURL: " + setRepo + ", revision: HEAD, " + row.git + "}}]\ntemplate: {metadata: {name: '{{path.basename}}'}, spec: {destination: {name: x}}}"
			_, failure, mounts := generateSet(t, setOf(spec), nil, monorepo)
			if failure != nil {
				t.Fatal(failure)
			}
			for _, reads := range mounts.Reads() {
				if strings.HasPrefix(reads.At, remoteRoot) {
					same(t, "listed", strings.Join(slices.Sorted(slices.Values(reads.Listed)), " "), row.listed)
				}
			}
		})
	}
}

func TestASetIsBounded(t *testing.T) {
	set := fromYAML(t, setOf("generators: [{list: {elements: [{name: a}, {name: b}, {name: c}]}}]"+plainTemplate))
	input, _ := json.Marshal(map[string]any{"applicationSet": set})
	for name, limits := range map[string]protocol.Limits{"more than 2 documents": {Documents: 2}, "larger than 100 bytes": {OutputBytes: 100}} {
		_, failure := Run("applicationset.generate", &Request{FS: vfs.FromFiles(nil), Input: input, Limits: limits})
		if failure == nil || failure.Code != protocol.Limit || !strings.Contains(failure.Message, name) {
			t.Errorf("%s: %+v", name, failure)
		}
	}
	run := &boundedRenderer{Renderer: &utils.Render{}, budget: newBudget(protocol.Limits{Documents: 1})}
	for at, want := range []string{"", "limit"} {
		_, err := run.RenderTemplateParams(&v1alpha1.Application{}, nil, nil, false, nil)
		same(t, "code of app "+strconv.Itoa(at), codeOf(err), want)
	}
}

func TestASetWithoutAHost(t *testing.T) {
	set := fromYAML(t, setOf("generators: [{git: {repoURL: r, revision: HEAD, directories: [{path: '*'}]}}]"+plainTemplate))
	input, _ := json.Marshal(map[string]any{"applicationSet": set})
	for name, remotes := range map[string]func([]protocol.Remote) error{"nobody is there": nil, "was not brought": func([]protocol.Remote) error { return nil }} {
		_, failure := Run("applicationset.generate", &Request{FS: vfs.FromFiles(nil), Input: input, Remotes: remotes})
		if failure == nil || failure.Code != protocol.RemoteCode || !strings.Contains(failure.Message, name) {
			t.Errorf("%s: %+v", name, failure)
		}
	}
}

func TestARepositoryIsAskedForOnce(t *testing.T) {
	generator := "{git: {repoURL: r, revision: %, directories: [{path: '*'}]}}"
	set := fromYAML(t, setOf("generators: ["+strings.ReplaceAll(generator, "%", "HEAD")+", "+strings.ReplaceAll(generator, "%", "''")+"]\ntemplate: {metadata: {name: '{{path}}'}, spec: {destination: {name: x}}}"))
	input, _ := json.Marshal(map[string]any{"applicationSet": set})
	mounts := vfs.FromFiles(nil)
	var asked []protocol.Remote
	_, failure := Run("applicationset.generate", &Request{FS: mounts, Input: input, Remotes: func(wanted []protocol.Remote) error {
		asked = append(asked, wanted...)
		mounts.Mount(vfs.Mounted{At: wanted[0].At, Tree: vfs.LiteralTree(mounts, "t", files{"a/x": ""})})
		return nil
	}})
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "asked", asked, []protocol.Remote{placed(protocol.Remote{Kind: "git", URL: "r"})})
}

func TestClustersComeInTheOrderOfTheirNames(t *testing.T) {
	var clusters []map[string]any
	var want []string
	for _, letter := range "abcdefghij" {
		clusters = append([]map[string]any{{"name": string(letter), "server": "https://" + string(letter)}}, clusters...)
		want = append(want, string(letter))
	}
	spec := "generators: [{matrix: {generators: [{clusters: {selector: {matchLabels: {argocd.argoproj.io/secret-type: cluster}}}}, {git: {repoURL: r, revision: '{{name}}', directories: [{path: '*'}]}}]}}]" + plainTemplate
	input, _ := json.Marshal(map[string]any{"applicationSet": fromYAML(t, setOf(spec)), "clusters": clusters})
	mounts := vfs.FromFiles(nil)
	var asked []string
	_, failure := Run("applicationset.generate", &Request{FS: mounts, Input: input, Remotes: func(wanted []protocol.Remote) error {
		asked = append(asked, wanted[0].Ref)
		mounts.Mount(vfs.Mounted{At: wanted[0].At, Tree: vfs.LiteralTree(mounts, wanted[0].Ref, files{"a/x": ""})})
		return nil
	}})
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "asked", asked, want)
}

func TestASubmoduleIsSaid(t *testing.T) {
	mounts := vfs.FromFiles(nil)
	input, _ := json.Marshal(map[string]any{"applicationSet": fromYAML(t, setOf("generators: [{git: {repoURL: r, revision: HEAD, directories: [{path: '*/*'}]}}]"+plainTemplate))})
	request := &Request{FS: mounts, Input: input, Remotes: func(wanted []protocol.Remote) error {
		mounts.Mount(vfs.Mounted{At: wanted[0].At, Tree: vfs.NewTree("t", [][3]string{{"module", "160000", "x"}})})
		return nil
	}}
	result, failure := Run("applicationset.generate", request)
	if failure != nil || !strings.Contains(strings.Join(result.Warnings, "\n"), "module is a submodule") {
		t.Errorf("%+v, %+v", result, failure)
	}
}

// Messages name the version whose generators are known.
func TestTheVersionOfArgoCDIsThatOfTheModule(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil || !strings.Contains(string(text), "github.com/argoproj/argo-cd/v3 v"+argoVersion+"\n") {
		t.Errorf("%s is not in go.mod: %v", argoVersion, err)
	}
}

package operations

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

const dbChart = "apiVersion: v2\nname: db\nversion: 1.2.0\n"

// templateWithRemotes answers each wanted URL and version with the files of its name, as the host does.
func templateWithRemotes(t *testing.T, content files, elsewhere map[string]files, asked map[string]any) (*Result, *protocol.Error, []protocol.Remote) {
	t.Helper()
	encoded, err := json.Marshal(input(asked))
	if err != nil {
		t.Fatal(err)
	}
	request := &Request{FS: vfs.FromFiles(content), Input: encoded}
	var wanted []protocol.Remote
	request.Remotes = func(remotes []protocol.Remote) error {
		wanted = append(wanted, remotes...)
		for _, remote := range remotes {
			brought, known := elsewhere[remote.URL+" "+remote.Ref]
			if !known {
				return &protocol.Error{Code: protocol.RemoteCode, Message: remote.URL + " is needed: not allowed"}
			}
			request.FS.Mount(vfs.Mounted{At: remote.At, Tree: vfs.LiteralTree(request.FS, remote.URL+remote.Ref, brought)})
		}
		return nil
	}
	result, failure := Run("helm.template", request)
	return result, failure, wanted
}

func TestHelmTemplateMountsDependencies(t *testing.T) {
	secret := "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Chart.Name }}-{{ .Chart.Version }}-{{ .Values.size }}}\n"
	db := files{"Chart.yaml": dbChart, "values.yaml": "size: 0\n", "templates/t.yaml": secret}
	old := files{"Chart.yaml": "apiVersion: v2\nname: db\nversion: 0.9.0\n", "values.yaml": "size: 0\n", "templates/t.yaml": secret}
	elsewhere := map[string]files{"oci://r.example/charts 1.x": db, "https://charts.example 1.2.0": db, "https://charts.example 0.9.0": old}
	for name, test := range map[string]struct{ dependencies, values, want, asked string }{
		"of a registry":                {"{name: db, version: 1.x, repository: 'oci://r.example/charts'}", "", "db-1.2.0-0", "oci oci://r.example/charts 1.x db"},
		"of a repository":              {"{name: db, version: 1.2.0, repository: 'https://charts.example'}", "", "db-1.2.0-0", "helm https://charts.example 1.2.0 db"},
		"with an alias":                {"{name: db, version: 1.2.0, alias: main, repository: 'https://charts.example'}", "main: {size: 1}", "main-1.2.0-1", "helm https://charts.example 1.2.0 db"},
		"one chart under two aliases":  {"{name: db, version: 1.2.0, alias: a, repository: 'https://charts.example'}, {name: db, version: 1.2.0, alias: b, repository: 'https://charts.example'}", "", "a-1.2.0-0 b-1.2.0-0", "helm https://charts.example 1.2.0 db"},
		"two versions":                 {"{name: db, version: 1.2.0, alias: a, repository: 'https://charts.example'}, {name: db, version: 0.9.0, alias: b, repository: 'https://charts.example'}", "", "a-1.2.0-0 b-0.9.0-0", "helm https://charts.example 1.2.0 db, helm https://charts.example 0.9.0 db"},
		"with a condition that is not": {"{name: db, version: 1.2.0, condition: db.enabled, repository: 'https://charts.example'}", "db: {enabled: false}", "", "helm https://charts.example 1.2.0 db"},
		"with a condition that is":     {"{name: db, version: 1.2.0, condition: db.enabled, repository: 'https://charts.example'}", "db: {enabled: true}", "db-1.2.0-0", "helm https://charts.example 1.2.0 db"},
	} {
		t.Run(name, func(t *testing.T) {
			content := shop("", files{"charts/x/Chart.yaml": chartHead + "dependencies: [" + test.dependencies + "]\n"})
			result, failure, asked := templateWithRemotes(t, content, elsewhere, map[string]any{"values": test.values})
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "names", strings.Join(names(t, result), " "), test.want)
			var wanted []string
			for _, one := range asked {
				wanted = append(wanted, strings.Join([]string{one.Kind, one.URL, one.Ref, one.Path}, " "))
				same(t, "at", one.At, placed(one).At)
			}
			same(t, "asked", strings.Join(wanted, ", "), test.asked)
			for _, object := range result.Objects {
				same(t, "origin of what lies elsewhere", object.Origin, Origin{})
			}
		})
	}
}

func TestHelmTemplateDependenciesThatCannotBe(t *testing.T) {
	for name, test := range map[string]struct{ dependency, code, says string }{
		"a name for a repository":         {"{name: db, version: 1.x, repository: '@stable'}", "unsupported", "@stable, a name that only the settings of Argo CD know"},
		"another name for a repository":   {"{name: db, version: 1.x, repository: 'alias:stable'}", "unsupported", "alias:stable"},
		"no repository":                   {"{name: db, version: 1.x}", "build", "names no repository"},
		"no address":                      {"{name: db, version: 1.x, repository: 's3://bucket'}", "unsupported", "s3://bucket"},
		"a name that is a path":           {"{name: ../db, version: 1.x, repository: 'https://charts.example'}", "build", "../db"},
		"a name that is an option":        {"{name: -db, version: 1.x, repository: 'https://charts.example'}", "build", "-db"},
		"denied":                          {"{name: db, version: 9.x, repository: 'https://charts.example'}", "remote", "db 9.x from https://charts.example; charts/x/Chart.yaml: https://charts.example is needed: not allowed"},
		"another version than was wanted": {"{name: db, version: 2.x, repository: 'https://charts.example'}", "build", "can't get a valid version"},
	} {
		t.Run(name, func(t *testing.T) {
			content := shop("", files{"charts/x/Chart.yaml": chartHead + "dependencies: [" + test.dependency + "]\n"})
			_, failure, _ := templateWithRemotes(t, content, map[string]files{"https://charts.example 2.x": {"Chart.yaml": dbChart}}, nil)
			if failure == nil || failure.Code != test.code || !strings.Contains(failure.Message, test.says) || failure.Path != "charts/x/Chart.yaml" {
				t.Errorf("got %+v", failure)
			}
		})
	}
}

// Argo CD runs `helm dependency build`, which takes what the lock file says.
func TestHelmTemplateAsksForWhatIsLocked(t *testing.T) {
	wanted := "dependencies:\n- {name: db, version: 1.x, repository: 'https://charts.example'}\n"
	locked := "dependencies:\n- {name: db, version: 1.2.0, repository: 'https://charts.example'}\n"
	const digest = "sha256:d5ee8cb3b8a13b2a2ff5ee7a6a1d6e3b9f5f8e7ec1bd9ef3a1b8ebb0f8b59c8a"
	content := shop("", files{"charts/x/Chart.yaml": chartHead + wanted, "charts/x/Chart.lock": locked + "digest: " + digest + "\n"})
	elsewhere := map[string]files{"https://charts.example 1.2.0": {"Chart.yaml": dbChart}}
	_, failure, _ := templateWithRemotes(t, content, elsewhere, nil)
	if failure == nil || !strings.Contains(failure.Message, "out of sync") {
		t.Errorf("a lock of something else: %v", failure)
	}
	current, err := readChart(vfs.FromFiles(content), "/charts/x", newBudget(protocol.Limits{}))
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := current.load()
	if err != nil {
		t.Fatal(err)
	}
	sum, _ := dependencyDigest([]any{loaded.Metadata.Dependencies, loaded.Lock.Dependencies})
	maps.Copy(content, files{"charts/x/Chart.lock": locked + "digest: " + sum + "\n"})
	_, failure, asked := templateWithRemotes(t, content, elsewhere, nil)
	if failure != nil || asked[0].Ref != "1.2.0" {
		t.Errorf("got %v, asked %v", failure, asked)
	}
}

func TestHelmTemplateReadsValuesFromElsewhere(t *testing.T) {
	content := shop(configTemplate("{{ .Values | toJson | quote }}"), nil)
	elsewhere := map[string]files{"https://example.com/env/v.yaml?x=1 ": {"v.yaml": "a: elsewhere\n"}, "http://example.com/text ": {"text": "hello"}}
	result, failure, asked := templateWithRemotes(t, content, elsewhere, map[string]any{
		"valueFiles": []string{"https://example.com/env/v.yaml?x=1"}, "fileParameters": []any{map[string]any{"name": "t", "path": "http://example.com/text"}},
	})
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "values", dataOf(t, result.Objects[0])["k"], `{"a":"elsewhere","t":"hello"}`)
	same(t, "asked at once", len(asked), 2)
	_, failure, _ = templateWithRemotes(t, content, nil, map[string]any{"valueFiles": []string{"https://example.com/no.yaml"}, "ignoreMissingValueFiles": true})
	if failure == nil || failure.Code != "remote" {
		t.Errorf("a denied file is no missing one: %v", failure)
	}
}

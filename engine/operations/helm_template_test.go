package operations

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"

	"presync.dev/engine/protocol"
)

const chartHead = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"

// shop is a chart in charts/x with one template.
func shop(template string, more files) files {
	chart := files{"charts/x/Chart.yaml": chartHead, "charts/x/templates/t.yaml": template}
	maps.Copy(chart, more)
	return chart
}

// configTemplate is a template with one key.
func configTemplate(value string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  k: " + value + "\n"
}

func input(more map[string]any) map[string]any {
	all := map[string]any{"path": "charts/x", "releaseName": "r", "kubeVersion": "1.34"}
	maps.Copy(all, more)
	return all
}

func TestHelmTemplateMergesValuesInArgoOrder(t *testing.T) {
	content := shop(configTemplate("{{ .Values | toJson | quote }}"), files{
		"charts/x/values.yaml": "a: default\nz: default\n",
		"charts/x/dev.yaml":    "a: dev\n",
		"env/1.yaml":           "a: one\nb: one\n",
		"env/2.yaml":           "a: two\n",
		"env/deep/3.yaml":      "a: three\n",
		"env/text.txt":         "some, text",
	})
	rows := []struct {
		name  string
		input map[string]any
		want  string
	}{
		{"defaults", nil, `{"a":"default","z":"default"}`},
		{"a relative file", map[string]any{"valueFiles": []string{"dev.yaml"}}, `{"a":"dev","z":"default"}`},
		{"the later file wins", map[string]any{"valueFiles": []string{"/env/2.yaml", "/env/1.yaml"}}, `{"a":"one","b":"one","z":"default"}`},
		{"a pattern is lexical", map[string]any{"valueFiles": []string{"/env/*.yaml"}}, `{"a":"two","b":"one","z":"default"}`},
		{"a file named beside a pattern keeps its place", map[string]any{"valueFiles": []string{"/env/1.yaml", "/env/*.yaml", "/env/1.yaml"}}, `{"a":"two","b":"one","z":"default"}`},
		{"a file named after a pattern comes last", map[string]any{"valueFiles": []string{"/env/*.yaml", "/env/1.yaml"}}, `{"a":"one","b":"one","z":"default"}`},
		{"two stars cross folders", map[string]any{"valueFiles": []string{"/env/**/3.yaml"}}, `{"a":"three","z":"default"}`},
		{"missing files may be ignored", map[string]any{"valueFiles": []string{"/no.yaml", "/no/*.yaml"}, "ignoreMissingValueFiles": true}, `{"a":"default","z":"default"}`},
		{"values go over files", map[string]any{"valueFiles": []string{"dev.yaml"}, "values": "a: inline"}, `{"a":"inline","z":"default"}`},
		{"valuesObject goes instead of values", map[string]any{"values": "z: text", "valuesObject": map[string]any{"a": "object"}}, `{"a":"object","z":"default"}`},
		{"parameters go over values", map[string]any{"values": "a: inline", "parameters": []any{map[string]any{"name": "a", "value": "1"}, map[string]any{"name": "z", "value": "1", "forceString": true}}}, `{"a":1,"z":"1"}`},
		{"the last parameter of a name wins", map[string]any{"parameters": []any{map[string]any{"name": "a", "value": "1"}, map[string]any{"name": "a", "value": "2"}}}, `{"a":2,"z":"default"}`},
		{"commas are escaped", map[string]any{"parameters": []any{map[string]any{"name": "a", "value": `x,y\,z`}, map[string]any{"name": "z", "value": "{p,q}"}}}, `{"a":"x,y,z","z":["p","q"]}`},
		{"null removes a default", map[string]any{"values": "z: null"}, `{"a":"default"}`},
		{"a file as a value", map[string]any{"fileParameters": []any{map[string]any{"name": "a", "path": "/env/text.txt"}}}, `{"a":"some, text","z":"default"}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, helmTemplate, content, input(row.input))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "values", dataOf(t, result.Objects[0])["k"], row.want)
		})
	}
}

func TestHelmTemplateRefuses(t *testing.T) {
	fine := configTemplate("v")
	rows := []struct {
		name    string
		content files
		input   map[string]any
		want    protocol.Error // Message is a part of the message
	}{
		{"a missing values file", shop(fine, nil), map[string]any{"valueFiles": []string{"/no.yaml"}}, protocol.Error{Code: "build", Path: "no.yaml", Message: "no.yaml"}},
		{"a pattern without match", shop(fine, nil), map[string]any{"valueFiles": []string{"/no*.yaml"}}, protocol.Error{Code: "build", Message: "matched no files"}},
		{"a values file above the root", shop(fine, nil), map[string]any{"valueFiles": []string{"../../../etc/passwd"}}, protocol.Error{Code: "denied", Message: "outside repository root"}},
		{"a values file by way of the root", shop(fine, nil), map[string]any{"valueFiles": []string{"/../etc/passwd"}}, protocol.Error{Code: "denied", Message: "outside repository root"}},
		{"a values file of the machine", shop(fine, nil), map[string]any{"valueFiles": []string{"file:///etc/passwd"}}, protocol.Error{Code: "denied", Message: "scheme 'file' is not allowed"}},
		{"a values file on the network", shop(fine, nil), map[string]any{"valueFiles": []string{"https://127.0.0.1/v.yaml"}}, protocol.Error{Code: "remote", Message: "https://127.0.0.1/v.yaml"}},
		{"a link out of the repository", shop(fine, files{"charts/x/values.yaml": "link -> ../../../etc/passwd"}), nil, protocol.Error{Code: "denied", Path: "charts/x/values.yaml", Message: "leaves the repository"}},
		{"a link to itself", shop(fine, files{"charts/x/a": "link -> a"}), nil, protocol.Error{Code: "denied", Path: "charts/x/a", Message: "symbolic links"}},
		{"a folder that holds itself", shop(fine, files{"charts/x/a": "link -> ."}), nil, protocol.Error{Code: "denied", Path: "charts/x" + strings.Repeat("/a", 40), Message: "symbolic links"}},
		{"a required value", shop("\n\n{{ required \"need it\" .Values.no }}", nil), nil, protocol.Error{Code: "build", Path: "charts/x/templates/t.yaml", Line: 3, Message: "need it"}},
		{"a nil pointer", shop("\n{{ .Values.a.b.c }}", nil), nil, protocol.Error{Code: "build", Path: "charts/x/templates/t.yaml", Line: 2, Message: "nil pointer"}},
		{"a template that does not parse", shop("\n{{ if }}", nil), nil, protocol.Error{Code: "build", Path: "charts/x/templates/t.yaml", Line: 2, Message: "missing value for if"}},
		{"output that is no YAML", shop("a: b: c", nil), nil, protocol.Error{Code: "build", Path: "charts/x/templates/t.yaml", Message: "mapping values"}},
		{"a library chart", files{"charts/x/Chart.yaml": chartHead + "type: library\n"}, nil, protocol.Error{Code: "build", Path: "charts/x/Chart.yaml", Message: "not installable"}},
		{"no chart", files{"a": "b"}, nil, protocol.Error{Code: "build", Path: "charts/x", Message: "charts/x"}},
		{"a cluster that is too old", shop(fine, files{"charts/x/Chart.yaml": chartHead + "kubeVersion: '>=1.40'\n"}), nil, protocol.Error{Code: "build", Path: "charts/x/Chart.yaml", Message: "incompatible with Kubernetes"}},
		{"a missing dependency", shop(fine, files{"charts/x/Chart.yaml": chartHead + "dependencies: [{name: db, version: 1.x, repository: 'https://charts.example'}]\n"}), nil,
			protocol.Error{Code: "remote", Path: "charts/x/Chart.yaml", Message: "db 1.x from https://charts.example"}},
		{"a local dependency above the root", shop(fine, files{"charts/x/Chart.yaml": chartHead + "dependencies: [{name: db, version: 1.x, repository: 'file://../../../db'}]\n"}), nil,
			protocol.Error{Code: "denied", Path: "charts/x/Chart.yaml", Message: "outside repository root"}},
		{"a billion steps", shop("{{ range until 1000000000 }}x{{ end }}", nil), nil, protocol.Error{Code: "limit", Path: "charts/x/templates/t.yaml", Line: 1, Message: "sequence"}},
		{"a text of a gigabyte", shop(configTemplate(`{{ repeat 1000000000 "x" }}`), nil), nil, protocol.Error{Code: "limit", Path: "charts/x/templates/t.yaml", Line: 5, Message: "repeated text"}},
		{"an endless include", shop(`{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}`, nil), nil, protocol.Error{Code: "build", Path: "charts/x/templates/t.yaml", Line: 1, Message: "nested reference name"}},
		{"an endless template", shop(`{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}`, nil), nil, protocol.Error{Code: "build", Path: "charts/x/templates/t.yaml", Line: 1, Message: "maximum template depth"}},
		{"100,000 documents", shop("{{ range until 100000 }}\n---\napiVersion: v1\nkind: A\n{{ end }}", nil), nil, protocol.Error{Code: "limit", Message: "documents"}},
		{"a bomb among the values", shop(fine, files{"charts/x/values.yaml": laughs(9)}), nil, protocol.Error{Code: "limit", Path: "charts/x/values.yaml", Line: 1, Message: "aliases"}},
		{"a bomb in a values file", shop(fine, files{"v.yaml": laughs(9)}), map[string]any{"valueFiles": []string{"/v.yaml"}}, protocol.Error{Code: "limit", Path: "v.yaml", Line: 1, Message: "aliases"}},
		{"values that break the schema", shop(fine, files{"charts/x/values.yaml": "a: 1", "charts/x/values.schema.json": `{"properties":{"a":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"string"}}}`}), nil,
			protocol.Error{Code: "schema", Path: "charts/x/Chart.yaml", Message: "at '/a': got number, want string"}},
		{"an input with an unknown field", shop(fine, nil), map[string]any{"valuefile": "x"}, protocol.Error{Code: "internal", Message: "valuefile"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := call(t, helmTemplate, row.content, input(row.input))
			var known *protocol.Error
			if !errors.As(err, &known) {
				t.Fatalf("got %v", err)
			}
			same(t, "error", protocol.Error{Code: known.Code, Path: known.Path, Line: known.Line}, protocol.Error{Code: row.want.Code, Path: row.want.Path, Line: row.want.Line})
			if !strings.Contains(known.Message, row.want.Message) {
				t.Errorf("message: %s", known.Message)
			}
		})
	}
}

func TestHelmTemplateNeverLeavesTheProcess(t *testing.T) {
	t.Setenv("PRESYNC_CANARY", "tweet")
	content := shop(configTemplate(`{{ printf "%s|%s" (getHostByName "localhost") (lookup "v1" "Secret" "a" "b" | toJson) | quote }}`), nil)
	result, err := call(t, helmTemplate, content, input(nil))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "value", dataOf(t, result.Objects[0])["k"], "|{}")
	same(t, "uses", result.Uses, []string{"lookup"})
	for _, function := range []string{"env", "expandenv"} {
		_, err := call(t, helmTemplate, shop(configTemplate("{{ "+function+` "$PRESYNC_CANARY" }}`), nil), input(nil))
		same(t, "code", codeOf(err), "build")
		if strings.Contains(err.Error(), "tweet") {
			t.Error("the environment can be read")
		}
	}
}

// A schema may not make the engine open anything: G4 and A2 in the catalogue of attacks.
func TestHelmTemplateOpensNoReferenceOfASchema(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(net.Conn, http.ConnState) { connections.Add(1) }
	server.Start()
	defer server.Close()
	canary := filepath.Join(t.TempDir(), "canary.json")
	if err := os.WriteFile(canary, []byte(`{"tweet":`), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct{ name, schema, code string }{
		{"address", `{"$ref":"` + server.URL + `/meta-data"}`, "remote"},
		{"address inside a property", `{"properties":{"a":{"allOf":[{"$ref":"` + server.URL + `/x.json#/a"}]}}}`, "remote"},
		{"address as the base", `{"$id":"` + server.URL + `/base/","properties":{"a":{"$ref":"other.json"}}}`, "remote"},
		{"address of a meta schema", `{"$schema":"` + server.URL + `/schema"}`, "remote"},
		{"file", `{"$ref":"file://` + canary + `"}`, "denied"},
		{"file in capitals", `{"$ref":"FILE://` + canary + `"}`, "denied"},
		{"relative file", `{"$ref":"../../` + canary + `"}`, "denied"},
		{"a schema that refers to itself", `{"$ref":"#"}`, "schema"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			content := shop(configTemplate("v"), files{"charts/x/values.schema.json": row.schema, "charts/x/values.yaml": "a: 1\n"})
			_, err := call(t, helmTemplate, content, input(nil))
			same(t, "code", codeOf(err), row.code)
			if strings.Contains(err.Error(), "tweet") || strings.Contains(err.Error(), "unexpected") {
				t.Errorf("the file was read: %v", err)
			}
			result, err := call(t, helmTemplate, content, input(map[string]any{"skipSchemaValidation": true}))
			if err != nil || len(result.Objects) != 1 {
				t.Errorf("without validation: %v", err)
			}
		})
	}
	same(t, "connections", connections.Load(), 0)
}

func TestHelmTemplateJudgesOnlyTheSchemasThatHelmReads(t *testing.T) {
	content := shop(configTemplate("v"), files{
		"charts/x/Chart.yaml":                   chartHead + "dependencies: [{name: db, version: 1.0.0, condition: db.enabled}]\n",
		"charts/x/values.yaml":                  "db: {enabled: false}\n",
		"charts/x/charts/db/Chart.yaml":         "apiVersion: v2\nname: db\nversion: 1.0.0\n",
		"charts/x/charts/db/values.schema.json": `{"$ref":"https://127.0.0.1:1/x.json"}`,
	})
	if _, err := call(t, helmTemplate, content, input(nil)); err != nil {
		t.Error(err)
	}
	_, err := call(t, helmTemplate, content, input(map[string]any{"values": "db: {enabled: true}"}))
	same(t, "code", codeOf(err), "remote")
}

func TestHelmTemplateSaysWhatIsNotPredictable(t *testing.T) {
	rows := []struct {
		name     string
		value    string
		volatile []string
		uses     []string
	}{
		{"nothing", "{{ .Release.Name }}", nil, nil},
		{"text of one character", "{{ randAlpha 1 }}", []string{"/data/k"}, []string{"random"}},
		{"digits", "{{ randNumeric 1 | quote }}", []string{"/data/k"}, []string{"random"}},
		{"a number of two", "{{ randInt 0 2 | quote }}", []string{"/data/k"}, []string{"random"}},
		{"an identifier", "{{ uuidv4 }}", []string{"/data/k"}, []string{"random"}},
		{"bytes", "{{ randBytes 8 }}", []string{"/data/k"}, []string{"random"}},
		{"a certificate", `{{ (genCA "x" 1).Cert | b64enc }}`, []string{"/data/k"}, []string{"random"}},
		{"random, but not in the output", "{{ randAlpha 9 | len | quote }}", nil, []string{"random"}},
		{"through tpl", `{{ tpl "{{ randAlpha 5 }}" . }}`, []string{"/data/k"}, []string{"random"}},
		{"the year", `{{ now | date "2006" | quote }}`, []string{"/data/k"}, []string{"now"}},
		{"the minute", `{{ date "04" nil | quote }}`, []string{"/data/k"}, []string{"now"}},
		{"a given date", `{{ date "2006" 0 | quote }}`, nil, nil},
		{"the order of a map", `{{ keys (dict "a" 1 "b" 2) | join "-" }}`, []string{"/data/k"}, []string{"random"}},
		{"a map that is put in order", `{{ keys (dict "a" 1 "b" 2) | sortAlpha | join "-" }}`, nil, nil},
		{"values of a map", `{{ values (dict "a" 1 "b" 2) | join "-" }}`, []string{"/data/k"}, []string{"random"}},
		{"the first install", "{{ .Release.IsInstall | quote }}", nil, []string{"install"}},
		{"another key", "v\n  {{ randAlpha 3 }}/x~: v", nil, []string{"random"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, helmTemplate, shop(configTemplate(row.value), nil), input(nil))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "uses", slices.Clip(append([]string{}, result.Uses...)), append([]string{}, row.uses...))
			if row.name != "another key" {
				same(t, "volatile", result.Objects[0].Volatile, row.volatile)
			}
			if len(result.Objects[0].Volatile) > 0 {
				same(t, "variants", len(result.Value.(map[string]any)["variants"].([]variant)), 1)
			}
		})
	}
}

func TestHelmTemplateShowsBothFormsOfAnUnpredictableObject(t *testing.T) {
	template := "{{ if eq (randInt 0 2) 1 }}\napiVersion: v1\nkind: Secret\nmetadata: {name: sometimes}\n{{ end }}\n---\napiVersion: v1\nkind: A\nmetadata: {name: a-{{ randAlpha 4 }}}\n"
	result, err := call(t, helmTemplate, shop(template, nil), input(nil))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, object := range result.Objects {
		got[dataField(t, object, "kind")] = object.Volatile
	}
	same(t, "volatile", got, map[string][]string{"A": {"/metadata/name"}, "Secret": {""}})
	variants, _ := result.Value.(map[string]any)["variants"].([]variant)
	same(t, "variants", len(variants), 2)
}

func TestHelmTemplateIsTheSameTwice(t *testing.T) {
	content := shop(configTemplate(`{{ randAlphaNum 20 }}{{ uuidv4 }}{{ now | date "150405" }}{{ keys (dict "a" 1 "b" 2 "c" 3) }}`), nil)
	first, err := call(t, helmTemplate, content, input(nil))
	if err != nil {
		t.Fatal(err)
	}
	second, _ := call(t, helmTemplate, content, input(nil))
	same(t, "result", fmt.Sprint(first), fmt.Sprint(second))
}

func TestHelmTemplateNamesTheFileBehindEachObject(t *testing.T) {
	content := files{
		"charts/x/Chart.yaml":                       chartHead + "dependencies:\n- {name: db, version: 1.0.0, alias: main}\n- {name: db, version: 1.0.0, alias: spare}\n- {name: lib, version: ~1, repository: 'file://../../libs/lib'}\n",
		"charts/x/crds/c.yaml":                      "apiVersion: v1\nkind: CustomResourceDefinition\nmetadata: {name: c1}\n---\napiVersion: v1\nkind: CustomResourceDefinition\nmetadata: {name: c2}\n",
		"charts/x/templates/t.yaml":                 configTemplate("v"),
		"charts/x/templates/hook.yaml":              "apiVersion: v1\nkind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}\n",
		"charts/x/templates/test.yaml":              "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {helm.sh/hook: test}}\n",
		"charts/x/templates/.hidden.yaml":           "apiVersion: v1\nkind: Hidden\n",
		"charts/x/templates/ignored.yaml":           "apiVersion: v1\nkind: Ignored\n",
		"charts/x/templates/linked.yaml":            "link -> ../../../shared/linked.yaml",
		"charts/x/.helmignore":                      "\ufeffignored.yaml\n",
		"shared/linked.yaml":                        "apiVersion: v1\nkind: Linked\n",
		"charts/x/charts/database/Chart.yaml":       "apiVersion: v2\nname: db\nversion: 1.0.0\n",
		"charts/x/charts/database/templates/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Chart.Name }}}\n",
		"libs/lib/Chart.yaml":                       "apiVersion: v2\nname: lib\nversion: 1.2.3\n",
		"libs/lib/templates/l.yaml":                 "apiVersion: v1\nkind: Lib\n",
	}
	places := func(more map[string]any) []string {
		t.Helper()
		result, err := call(t, helmTemplate, content, input(more))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, object := range result.Objects {
			found = append(found, fmt.Sprintf("%s %s:%d", dataField(t, object, "kind"), object.Origin.Path, object.Origin.Document))
		}
		return found
	}
	crds := []string{"CustomResourceDefinition charts/x/crds/c.yaml:0", "CustomResourceDefinition charts/x/crds/c.yaml:1"}
	plain := []string{
		"Secret charts/x/charts/database/templates/s.yaml:0",
		"Secret charts/x/charts/database/templates/s.yaml:1",
		"ConfigMap charts/x/templates/t.yaml:0",
		"Lib libs/lib/templates/l.yaml:0",
		"Linked charts/x/templates/linked.yaml:0",
	}
	hook, test := "Job charts/x/templates/hook.yaml:0", "Pod charts/x/templates/test.yaml:0"
	same(t, "all", places(nil), slices.Concat(crds, plain, []string{test, hook}))
	same(t, "skipped", places(map[string]any{"skipCrds": true, "skipTests": true}), slices.Concat(plain, []string{hook}))
}

func TestHelmTemplateTellsChartsWhatHelmTells(t *testing.T) {
	value := `{{ printf "%s %s %t %t" .Capabilities.HelmVersion.Version .Capabilities.KubeVersion.Version (.Capabilities.APIVersions.Has "x.io/v1") (.Capabilities.APIVersions.Has "argoproj.io/v1alpha1") | quote }}`
	result, err := call(t, helmTemplate, shop(configTemplate(value), nil), input(map[string]any{"kubeVersion": "v1.33.4-gke.1", "apiVersions": []string{"x.io/v1"}}))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "value", dataOf(t, result.Objects[0])["k"], "v4.3.1 v1.33.4 true false")
	same(t, "versions", len(common.DefaultCapabilities.APIVersions), 57)
}

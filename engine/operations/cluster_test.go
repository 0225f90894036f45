package operations

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// whenItHas is a template with an object for each answer.
func whenItHas(name string) string {
	return fmt.Sprintf("{{ if .Capabilities.APIVersions.Has %q }}%s---\n{{ end }}%s", name, emptyMap("extra"), emptyMap("always"))
}

func emptyMap(name string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n"
}

// toldOfCluster is what the host is told, as JSON without names of fields that are empty.
func toldOfCluster(t *testing.T, result *Result) *clusterValue {
	t.Helper()
	fields, _ := result.Value.(map[string]any)
	value, _ := fields["cluster"].(*clusterValue)
	return value
}

func dependents(t *testing.T, result *Result) string {
	t.Helper()
	value := toldOfCluster(t, result)
	if value == nil {
		return "nothing asked"
	}
	var lines []string
	for _, one := range value.Dependent {
		var named head
		if err := json.Unmarshal(one.Manifest, &named); err != nil {
			t.Fatal(err)
		}
		line := named.Metadata.Name + one.Pointer + " on " + strings.Join(one.On, "+")
		if one.Gone {
			line += " gone"
		}
		lines = append(lines, line)
	}
	if value.Listed {
		lines = append(lines, "listed")
	}
	if value.Partial {
		lines = append(lines, "partial")
	}
	return strings.Join(lines, "; ")
}

func TestHelmTriesWhatNobodyDeclared(t *testing.T) {
	value := func(expression string) string { return configTemplate("{{ " + expression + " }}") }
	either := func(condition string) string {
		return configTemplate("{{ if " + condition + " }}yes{{ else }}no{{ end }}")
	}
	has := func(name string) string { return fmt.Sprintf("(.Capabilities.APIVersions.Has %q) ", name) }
	nested := whenItHas("a.io/v1")
	rows := []struct {
		name, template string
		input          map[string]any
		want           string
	}{
		{"an API of somebody", nested, nil, "extra on a.io/v1"},
		{"one that is declared", nested, map[string]any{"apiVersions": []string{"a.io/v1"}}, "nothing asked"},
		{"one beside those that are declared", nested, map[string]any{"apiVersions": []string{"b.io/v1"}}, "extra on a.io/v1"},
		{"one that is declared to be absent", nested, map[string]any{"apiVersions": []string{"!a.io/v1"}}, "nothing asked"},
		{"a kind of one that is declared to be absent", whenItHas("a.io/v1/A"), map[string]any{"apiVersions": []string{"!a.io/v1"}}, "nothing asked"},
		{"the longer name of one that is absent", whenItHas("a.io/v1beta1"), map[string]any{"apiVersions": []string{"!a.io/v1"}}, "extra on a.io/v1beta1"},
		{"what no cluster lists", whenItHas("a.io"), nil, "nothing asked"},
		{"what is longer than a name", whenItHas("a.io/v1/A/b"), nil, "nothing asked"},
		{"a version of Kubernetes itself", whenItHas("policy/v1"), nil, "nothing asked"},
		{"a kind of it", whenItHas("networking.k8s.io/v1/Ingress"), nil, "nothing asked"},
		{"a kind that is gone", whenItHas("policy/v1beta1/PodSecurityPolicy"), nil, "nothing asked"},
		{"a version that is gone", whenItHas("autoscaling/v2beta2"), nil, "nothing asked"},
		{"what it serves without types", whenItHas("apiregistration.k8s.io/v1"), nil, "nothing asked"},
		{"a beta that is off", whenItHas("networking.k8s.io/v1beta1/IPAddress"), nil, "extra on networking.k8s.io/v1beta1/IPAddress"},
		{"a group that only ends like one of Kubernetes", whenItHas("gateway.networking.k8s.io/v1"), nil, "extra on gateway.networking.k8s.io/v1"},
		{"behind another one", `{{ if ` + has("a.io/v1") + ` }}` + nested + "---\n{{ if " + has("b.io/v1") + " }}" + emptyMap("deep") + "{{ end }}{{ end }}", nil,
			"always on a.io/v1; deep on a.io/v1+b.io/v1; extra on a.io/v1"},
		{"one and not another", either(`and ` + has("a.io/v1") + ` (not ` + has("b.io/v1") + `)`), nil, "c/data/k on a.io/v1"},
		{"one, or two others together", either(`or ` + has("a.io/v1") + ` (and ` + has("b.io/v1") + has("c.io/v1") + `)`), nil, "c/data/k on a.io/v1+b.io/v1+c.io/v1"},
		{"gone for one, another value for two", emptyMap("c") + "data: {z: z, " + `{{ if ` + has("a.io/v1") + `}}{{ if ` + has("b.io/v1") + `}}k: other{{ end }}{{ else }}k: one, l: two{{ end }}}` + "\n", nil,
			"c/data/k on a.io/v1+b.io/v1; c/data/l on a.io/v1 gone"},
		{"two and not two others", either(`and ` + has("a.io/v1") + has("b.io/v1") + `(not ` + has("c.io/v1") + `) (not ` + has("d.io/v1") + `)`), nil, "c/data/k on a.io/v1+b.io/v1"},
		{"a name that is made", either(`.Capabilities.APIVersions.Has (printf "%s/%s" "a.io" "v1")`), nil, "c/data/k on a.io/v1"},
		{"in a text that is a template", value(`tpl "{{ .Capabilities.APIVersions.Has \"a.io/v1\" }}" $`), nil, "c/data/k on a.io/v1"},
		{"under another name", value(`$apis := .Capabilities.APIVersions }}{{ $apis.Has "a.io/v1"`), nil, "c/data/k on a.io/v1"},
		{"out of a map", value(`with get . "Capabilities" }}{{ .APIVersions.Has "a.io/v1" }}{{ end`), nil, "c/data/k on a.io/v1"},
		{"in a copy of all that a template is given", value(`(deepCopy .).Capabilities.APIVersions.Has "a.io/v1"`), nil, "c/data/k on a.io/v1"},
		{"in a merge of all that a template is given", value(`(merge (dict "x" 1) .).Capabilities.APIVersions.Has "a.io/v1"`), nil, "c/data/k on a.io/v1"},
		{"in a copy of what Helm tells", value(`.Capabilities.Copy.APIVersions.Has "a.io/v1"`), nil, "c/data/k on a.io/v1"},
		{"a list that is gone through", value(`range .Capabilities.APIVersions }}{{ if hasPrefix "a.io" . }}x{{ end }}{{ end`), nil, "listed"},
		{"a list that is searched", value(`has "a.io/v1" .Capabilities.APIVersions`), nil, "listed"},
		{"a list in JSON", value(`regexMatch "a.io" (toJson .Capabilities)`), nil, "listed"},
		{"a list that is printed", value(`printf "%v" .Capabilities | len`), nil, "listed"},
		{"Helm's version", value(`.Capabilities.HelmVersion.Version`), nil, "nothing asked"},
		{"a version that is given", either(`semverCompare ">=1.15" .Capabilities.KubeVersion.Version`), nil, "nothing asked"},
		{"a version that is not", either(`semverCompare ">=1.15" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": ""}, "c/data/k on kubernetes"},
		{"one between the oldest and the newest", either(`semverCompare "=1.16" .Capabilities.KubeVersion.GitVersion`), map[string]any{"kubeVersion": ""}, "c/data/k on kubernetes"},
		{"a patch", either(`semverCompare ">=1.16.5 <1.16.7" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": ""}, "c/data/k on kubernetes"},
		{"a patch of the newest", either(`semverCompare ">=1.20.1" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": ""}, "c/data/k on kubernetes"},
		{"a patch above one", either(`semverCompare ">1.16.5, <1.17" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": ""}, "c/data/k on kubernetes"},
		{"a patch of a minor that is given", either(`semverCompare ">=1.34.2-0" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": "1.34"}, "c/data/k on kubernetes"},
		{"a patch that is given", either(`semverCompare ">=1.34.2-0" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": "1.34.1"}, "nothing asked"},
		{"a patch of another minor", either(`semverCompare ">=1.33.2-0" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": "1.34"}, "nothing asked"},
		{"one before the oldest", either(`semverCompare "<1.11" .Capabilities.KubeVersion.Version`), map[string]any{"kubeVersion": ""}, ""},
		{"a minor", either(`eq .Capabilities.KubeVersion.Minor "16"`), map[string]any{"kubeVersion": ""}, "c/data/k on kubernetes"},
		{"a part of a version", either(`eq (semver .Capabilities.KubeVersion.Version).Minor 16`), map[string]any{"kubeVersion": ""}, "c/data/k on kubernetes"},
		{"five APIs", either(`or ` + has("a.io/v1") + has("b.io/v1") + has("c.io/v1") + has("d.io/v1") + has("e.io/v1")), nil,
			"c/data/k on a.io/v1+b.io/v1+c.io/v1+d.io/v1+e.io/v1; partial"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, helmTemplate, shop(row.template, nil), input(row.input))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "dependent", dependents(t, result), row.want)
			same(t, "uses capabilities", slices.Contains(result.Uses, "capabilities"), row.want != "nothing asked")
		})
	}
}

func TestTheShownClusterStaysTheSame(t *testing.T) {
	result, err := call(t, helmTemplate, shop(whenItHas("a.io/v1"), nil), input(nil))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "objects", len(result.Objects), 1)
	same(t, "volatile", len(result.Objects[0].Volatile), 0)
	fields, _ := result.Value.(map[string]any)
	forms, _ := fields["variants"].([]variant)
	if len(forms) != 1 || !strings.Contains(string(forms[0].Manifest), `"extra"`) {
		t.Fatalf("%v", forms)
	}
	same(t, "index", forms[0].Index, notShown)
	same(t, "origin", *forms[0].Origin, Origin{Path: "charts/x/templates/t.yaml"})
}

// What another way to tell Helm the same would say: the list with and without the API.
func TestAVariantIsWhatHelmRendersThere(t *testing.T) {
	content := shop(`{{ if .Capabilities.APIVersions.Has "a.io/v1" }}`+emptyMap("extra")+`{{ end }}`, nil)
	declared, err := call(t, helmTemplate, content, input(map[string]any{"apiVersions": []string{"a.io/v1"}}))
	if err != nil {
		t.Fatal(err)
	}
	tried, err := call(t, helmTemplate, content, input(nil))
	if err != nil {
		t.Fatal(err)
	}
	fields, _ := tried.Value.(map[string]any)
	forms, _ := fields["variants"].([]variant)
	same(t, "form", string(forms[0].Manifest), string(declared.Objects[0].Manifest))
}

func TestSubchartsAreWatched(t *testing.T) {
	head := func(name string) string { return "apiVersion: v2\nname: " + name + "\nversion: 1.0.0\n" }
	content := shop(configTemplate("v"), files{
		"charts/x/Chart.yaml":           chartHead + "dependencies: [{name: db, version: 1.0.0, condition: db.enabled}, {name: db, version: 1.0.0, alias: other}, {name: lib, version: 1.0.0}]\n",
		"charts/x/charts/db/Chart.yaml": head("db"), "charts/x/charts/db/templates/t.yaml": `{{ include "lib.t" . }}`,
		"charts/x/charts/lib/Chart.yaml": head("lib") + "type: library\n",
		"charts/x/charts/lib/templates/_t.tpl": `{{ define "lib.t" }}apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Chart.Name }}}
data: {k: "{{ .Capabilities.APIVersions.Has "a.io/v1" }}"}{{ end }}`,
	})
	for values, want := range map[string]string{
		"db: {enabled: true}":  "db/data/k on a.io/v1; other/data/k on a.io/v1",
		"db: {enabled: false}": "other/data/k on a.io/v1",
	} {
		result, err := call(t, helmTemplate, content, input(map[string]any{"values": values}))
		if err != nil {
			t.Fatal(err)
		}
		same(t, values, dependents(t, result), want)
	}
}

func TestChartsOfOneNameAreWatchedEach(t *testing.T) {
	asks := func(name, api string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {k: '{{ .Capabilities.APIVersions.Has \"" + api + "\" }}'}\n"
	}
	content := shop(emptyMap("v"), files{
		"charts/x/charts/one/Chart.yaml":       "apiVersion: v2\nname: db\nversion: 1.0.0\n",
		"charts/x/charts/one/templates/a.yaml": asks("first", "a.io/v1"),
		"charts/x/charts/two/Chart.yaml":       "apiVersion: v2\nname: db\nversion: 2.0.0\n",
		"charts/x/charts/two/templates/b.yaml": asks("second", "b.io/v1"),
	})
	result, err := call(t, helmTemplate, content, input(nil))
	if err != nil {
		t.Fatal(err)
	}
	// They share their paths, so that only this is said here: both are heard.
	for _, api := range []string{"a.io/v1", "b.io/v1"} {
		same(t, api, slices.Contains(toldOfCluster(t, result).APIs, api), true)
	}
}

func TestAClusterForWhichAChartFailsIsSaid(t *testing.T) {
	content := shop(`{{ if .Capabilities.APIVersions.Has "a.io/v1" }}{{ fail "not with a" }}{{ end }}`+emptyMap("always"), nil)
	result, err := call(t, helmTemplate, content, input(nil))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "dependent", dependents(t, result), "")
	if len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0], "not with a") {
		t.Errorf("%v", result.Warnings)
	}
}

func TestHelmReleasesTryEachClusterInEachPass(t *testing.T) {
	rows := map[string]struct{ template, want string }{
		"only at an upgrade": {
			`{{ if and .Release.IsUpgrade (.Capabilities.APIVersions.Has "a.io/v1") }}` + emptyMap("extra") + `{{ end }}`, "extra on a.io/v1",
		},
		"only where a lookup finds": {
			`{{ if and (lookup "v1" "Secret" "x" "y") (.Capabilities.APIVersions.Has "a.io/v1") }}` + emptyMap("extra") + `{{ end }}`, "extra on a.io/v1",
		},
		"only with other random values": {
			`{{ if and (gt (randInt 0 9) 4) (.Capabilities.APIVersions.Has "a.io/v1") }}` + emptyMap("extra") + `{{ end }}`, "extra on a.io/v1",
		},
		"what Helm lists and no cluster has": {whenItHas("policy/v1beta1"), "nothing asked"},
		"what Helm lists and is off":         {whenItHas("resource.k8s.io/v1alpha3"), "extra on resource.k8s.io/v1alpha3 gone"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			same(t, "dependent", dependents(t, callRelease(t, shop(row.template, nil), nil, nil)), row.want)
		})
	}
}

func TestKustomizeTriesTheClustersOfItsCharts(t *testing.T) {
	for name, row := range map[string]struct{ chart, want string }{
		"nothing said":         {"{name: shop, skipHooks: true}", "release-name/data/api on a/v1"},
		"a list of its own":    {"{name: shop, skipHooks: true, apiVersions: [y/v1]}", "nothing asked"},
		"two, and one of them": {"{name: shop, releaseName: p, skipHooks: true, apiVersions: [y/v1]}, {name: shop, releaseName: q, skipHooks: true}", "q/data/api on a/v1"},
	} {
		t.Run(name, func(t *testing.T) {
			content := shopChart("app/charts/shop/", files{
				"templates/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n  api: {{ .Capabilities.APIVersions.Has \"a/v1\" | quote }}\n",
			})
			content["app/kustomization.yaml"] = "helmCharts: [" + row.chart + "]\n"
			result, failure, _ := withCharts(t, content, nil, map[string]any{"kubeVersion": "1.34"})
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "dependent", dependents(t, result), row.want)
		})
	}
}

func TestWhatKubernetesServes(t *testing.T) {
	rows := []struct {
		name, minor string
		has, known  bool
	}{
		{"apps/v1", "34", true, true},
		{"v1/Pod", "34", true, true},
		{"v1/Pot", "34", false, true},
		{"policy/v1", "20", false, true},
		{"policy/v1", "21", true, true},
		{"policy/v1beta1", "24", true, true},
		{"policy/v1beta1", "25", false, true},
		{"policy/v1beta1/PodDisruptionBudget", "25+", false, true},
		{"resource.k8s.io/v1", "33", false, true},
		{"resource.k8s.io/v1", "34", true, true},
		{"resource.k8s.io/v1beta1", "34", true, false},
		{"apiextensions.k8s.io/v1", "34", true, true},
		{"apiregistration.k8s.io/v1/APIService", "34", true, true},
		{"apiregistration.k8s.io/v1/Other", "34", false, true},
		{"argoproj.io/v1alpha1", "34", false, false},
		{"metrics.k8s.io/v1beta1", "34", false, false},
		{"apps/v1/Deployment", "no number", false, false},
	}
	for _, row := range rows {
		has, known, _ := servedBy(row.name, row.minor)
		same(t, row.name+" of 1."+row.minor, [2]bool{has, known}, [2]bool{row.has, row.known})
	}
}

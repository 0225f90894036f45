package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"

	"presync.dev/engine/protocol"
)

// shopChart is a chart without a place; its one object shows what Helm told it.
func shopChart(place string, more files) files {
	chart := files{
		"Chart.yaml":  "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
		"values.yaml": "a: default\nlist: [{name: x, size: 1}]\n",
		"templates/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\n" +
			"data:\n  values: {{ .Values | toJson | quote }}\n  kube: {{ .Capabilities.KubeVersion.Version | quote }}\n  api: {{ .Capabilities.APIVersions.Has \"x/v1\" | quote }}\n",
		"crds/crd.yaml":       "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n",
		"templates/hook.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: hook, annotations: {helm.sh/hook: pre-install}}\n",
		"templates/test.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n",
	}
	maps.Copy(chart, more)
	placed := files{}
	for name, text := range chart {
		placed[place+name] = text
	}
	return placed
}

func withCharts(t *testing.T, content files, elsewhere map[string]files, input map[string]any) (*Result, *protocol.Error, []protocol.Remote) {
	t.Helper()
	asked := map[string]any{"path": "/app", "enableHelm": true}
	maps.Copy(asked, input)
	return buildWithRemotes(t, content, elsewhere, asked)
}

// told is the ConfigMap of shopChart, by its data.
func told(t *testing.T, result *Result) map[string]string {
	t.Helper()
	for _, object := range result.Objects {
		if dataField(t, object, "kind") == "ConfigMap" {
			return dataOf(t, object)
		}
	}
	t.Fatal("there is no ConfigMap")
	return nil
}

func TestKustomizeChartsGetTheValuesThatKustomizeMakes(t *testing.T) {
	more := files{"app/own.yaml": "a: file\nlist: [{name: z}]\n", "app/more.yaml": "b: more\n", "app/other.yaml": "b: other\n"}
	for name, test := range map[string]struct{ chart, values string }{
		"of the chart":                {"{name: shop}", `{"a":"default","list":[{"name":"x","size":1}]}`},
		"of a file":                   {"{name: shop, valuesFile: own.yaml}", `{"a":"file","list":[{"name":"z"}]}`},
		"additional ones come after":  {"{name: shop, valuesFile: own.yaml, additionalValuesFiles: [more.yaml, other.yaml]}", `{"a":"file","b":"other","list":[{"name":"z"}]}`},
		"inline wins":                 {"{name: shop, valuesInline: {a: inline, c: 1}}", `{"a":"inline","c":1,"list":[{"name":"x","size":1}]}`},
		"override is the same":        {"{name: shop, valuesMerge: override, valuesInline: {a: inline}}", `{"a":"inline","list":[{"name":"x","size":1}]}`},
		"merge lets the file win":     {"{name: shop, valuesMerge: merge, valuesInline: {a: inline, c: 1}}", `{"a":"default","c":1,"list":[{"name":"x","size":1}]}`},
		"replace leaves the file out": {"{name: shop, valuesFile: own.yaml, valuesMerge: replace, valuesInline: {c: 1}}", `{"a":"default","c":1,"list":[{"name":"x","size":1}]}`},
		"additional ones over inline": {"{name: shop, additionalValuesFiles: [more.yaml], valuesInline: {b: inline}}", `{"a":"default","b":"more","list":[{"name":"x","size":1}]}`},
		"a file at a URL":             {"{name: shop, valuesFile: 'https://example.com/v.yaml'}", `{"a":"elsewhere","list":[{"name":"x","size":1}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			content := shopChart("app/charts/shop/", nil)
			maps.Copy(content, more)
			content["app/kustomization.yaml"] = "helmCharts: [" + test.chart + "]\n"
			result, failure, _ := withCharts(t, content, map[string]files{"https://example.com/v.yaml": {"v.yaml": "a: elsewhere\n"}}, nil)
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "values", told(t, result)["values"], test.values)
		})
	}
}

func TestKustomizeChartsGetTheOptionsThatKustomizeGives(t *testing.T) {
	for name, test := range map[string]struct{ kustomization, want, kube, api string }{
		"nothing":                    {"helmCharts: [{name: shop}]", "release-name/default hook test", "v1.34.0", "true"},
		"a name":                     {"helmCharts: [{name: shop, releaseName: r, namespace: ns}]", "r/ns hook test", "v1.34.0", "true"},
		"a template of the name":     {"helmCharts: [{name: shop, nameTemplate: '{{ \"R\" | lower }}'}]", "r/default hook test", "v1.34.0", "true"},
		"the namespace of the whole": {"namespace: all\nhelmCharts: [{name: shop, releaseName: r}]", "r/all hook test", "v1.34.0", "true"},
		"helm's namespace stays":     {"namespace: all\nhelmCharts: [{name: shop, releaseName: r, namespace: ns}]", "r/ns hook test", "v1.34.0", "true"},
		"no hooks":                   {"helmCharts: [{name: shop, skipHooks: true}]", "release-name/default", "v1.34.0", "true"},
		"no tests":                   {"helmCharts: [{name: shop, skipTests: true}]", "release-name/default hook", "v1.34.0", "true"},
		"definitions":                {"helmCharts: [{name: shop, includeCRDs: true, skipHooks: true}]", "crd release-name/default", "v1.34.0", "true"},
		"versions of its own":        {"helmCharts: [{name: shop, skipHooks: true, kubeVersion: 1.30.1-x, apiVersions: [y/v1]}]", "release-name/default", "v1.30.1-x", "false"},
		"the older field":            {"helmChartInflationGenerator: [{chartName: shop, releaseName: r, values: own.yaml}]", "r/default hook test", "v1.34.0", "true"},
		"a home":                     {"helmGlobals: {chartHome: there}\nhelmCharts: [{name: shop, releaseName: home, skipHooks: true}]", "home/default", "v1.34.0", "true"},
		"a folder by version":        {"helmCharts: [{name: shop, version: 1.2.3, repo: 'https://charts.example', releaseName: v, skipHooks: true}]", "v/default", "v1.34.0", "true"},
		"prefix and patch":           {"namePrefix: p-\nhelmCharts: [{name: shop, releaseName: r, skipHooks: true}]", "p-r/default", "v1.34.0", "true"},
		"two of one":                 {"helmCharts: [{name: shop, releaseName: a, skipHooks: true}, {name: shop, releaseName: b, skipHooks: true}]", "a/default b/default", "v1.34.0", "true"},
		"fields in another case":     {"HelmCharts: [{name: shop, releaseName: r, skipHooks: true}]", "r/default", "v1.34.0", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			content := shopChart("app/charts/shop/", files{"app/kustomization.yaml": test.kustomization + "\n"})
			content["app/own.yaml"] = "a: b\n"
			content["app/kustomization.yaml"] = test.kustomization + "\n"
			maps.Copy(content, shopChart("app/there/shop/", nil))
			maps.Copy(content, shopChart("app/charts/shop-1.2.3/shop/", nil))
			result, failure, asked := withCharts(t, content, nil, map[string]any{"kubeVersion": "1.34.0", "apiVersions": []string{"x/v1"}})
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "asked", len(asked), 0)
			var found []string
			for _, object := range result.Objects {
				var one head
				_ = json.Unmarshal(object.Manifest, &one)
				found = append(found, strings.TrimSuffix(one.Metadata.Name+"/"+one.Metadata.Namespace, "/"))
			}
			same(t, "objects", strings.Join(found, " "), test.want)
			same(t, "kube", told(t, result)["kube"], test.kube)
			same(t, "api", told(t, result)["api"], test.api)
			for _, object := range result.Objects {
				if strings.Contains(string(object.Manifest), "helm-generated") {
					t.Errorf("an internal annotation is shown: %s", object.Manifest)
				}
			}
		})
	}
}

func TestKustomizeChartsOfABaseGetTheNamespaceAboveThem(t *testing.T) {
	content := shopChart("base/charts/shop/", files{})
	maps.Copy(content, files{
		"base/kustomization.yaml": "helmCharts: [{name: shop, releaseName: r, skipHooks: true}]\n",
		"a/kustomization.yaml":    "namespace: a\nresources: [../base]\n",
		"b/kustomization.yaml":    "namePrefix: b-\nresources: [../base]\n",
		"app/kustomization.yaml":  "namespace: app\nnamePrefix: p-\nresources: [../a, ../b, ../base]\n",
	})
	result, failure, _ := withCharts(t, content, nil, nil)
	if failure != nil {
		t.Fatal(failure)
	}
	var found []string
	for _, object := range result.Objects {
		var one head
		_ = json.Unmarshal(object.Manifest, &one)
		found = append(found, one.Metadata.Namespace+"/"+one.Metadata.Name)
	}
	same(t, "objects", strings.Join(found, " "), "app/p-b-r app/p-r a/p-r")
}

// Charts come after the generators, so a generator cannot merge into one; as Kustomize has it.
func TestKustomizeChartsComeAfterGeneratorsAndBeforeComponents(t *testing.T) {
	content := shopChart("app/charts/shop/", nil)
	content["app/kustomization.yaml"] = "helmCharts: [{name: shop, releaseName: r, namespace: default}]\nconfigMapGenerator: [{name: r, behavior: merge, literals: [x=y]}]\n"
	_, failure, _ := withCharts(t, content, nil, nil)
	if failure == nil || !strings.Contains(failure.Message, "cannot merge or replace") {
		t.Errorf("got %v", failure)
	}
	content["app/kustomization.yaml"] = "helmCharts: [{name: shop, releaseName: r, skipHooks: true}]\ncomponents: [c]\n"
	content["app/c/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{target: {kind: ConfigMap}, patch: '[{\"op\": \"add\", \"path\": \"/data/by\", \"value\": \"component\"}]'}]\n"
	result, failure, _ := withCharts(t, content, nil, nil)
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "patched", told(t, result)["by"], "component")
}

func TestKustomizeChartsComeFromTheirTemplates(t *testing.T) {
	content := shopChart("app/charts/shop/", nil)
	content["app/kustomization.yaml"] = "namePrefix: p-\nhelmCharts: [{name: shop, releaseName: r, skipHooks: true}, {name: web, repo: 'https://charts.example', releaseName: w}]\n"
	elsewhere := map[string]files{"https://charts.example": {
		"Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n", "values.yaml": "{}", "templates/s.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: w}\n",
	}}
	result, failure, _ := withCharts(t, content, elsewhere, nil)
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "names", strings.Join(names(t, result), " "), "p-r p-w")
	same(t, "of a chart that lies here", result.Objects[0].Origin, Origin{Path: "app/charts/shop/templates/c.yaml"})
	same(t, "of a chart from elsewhere", result.Objects[1].Origin, Origin{Path: "app/kustomization.yaml"})
}

func TestKustomizeChartsAreAskedOfTheHost(t *testing.T) {
	for name, test := range map[string]struct {
		chart string
		want  protocol.Remote
	}{
		"a repository":      {"{name: shop, repo: 'https://charts.example', version: 1.2.3}", protocol.Remote{Kind: "helm", URL: "https://charts.example", Ref: "1.2.3", Path: "shop"}},
		"a registry":        {"{name: shop, repo: 'oci://r.example/charts', version: 1.2.3}", protocol.Remote{Kind: "oci", URL: "oci://r.example/charts", Ref: "1.2.3", Path: "shop"}},
		"the newest":        {"{name: shop, repo: 'https://charts.example'}", protocol.Remote{Kind: "helm", URL: "https://charts.example", Path: "shop"}},
		"the very newest":   {"{name: shop, repo: 'https://charts.example', devel: true}", protocol.Remote{Kind: "helm", URL: "https://charts.example", Ref: ">0.0.0-0", Path: "shop"}},
		"one that is older": {"{name: shop, repo: 'https://charts.example', version: 1.0.0}", protocol.Remote{Kind: "helm", URL: "https://charts.example", Ref: "1.0.0", Path: "shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			content := files{"app/kustomization.yaml": "helmCharts: [" + test.chart + "]\n"}
			_, failure, asked := withCharts(t, content, map[string]files{test.want.URL: shopChart("", nil)}, nil)
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "asked", asked, []protocol.Remote{placed(test.want)})
			if !strings.HasPrefix(asked[0].At, remoteRoot+"/") {
				t.Errorf("at %s", asked[0].At)
			}
		})
	}
}

func TestKustomizeChartsThatCannotBe(t *testing.T) {
	for name, test := range map[string]struct{ kustomization, code, says string }{
		"no chart":                      {"helmCharts: [{name: none}]", "build", "app/charts/none"},
		"no name":                       {"helmCharts: [{repo: 'https://charts.example'}]", "build", "name cannot be empty"},
		"denied":                        {"helmCharts: [{name: web, repo: 'https://no.example'}]", "remote", "https://no.example"},
		"no address":                    {"helmCharts: [{name: web, repo: 'file:///etc'}]", "unsupported", "file:///etc"},
		"a name with a slash":           {"helmCharts: [{name: a/b, repo: 'https://charts.example'}]", "build", "a/b"},
		"a chart above":                 {"helmCharts: [{name: ../../../etc}]", "denied", "leaves the repository"},
		"a home above":                  {"helmGlobals: {chartHome: ../../etc}\nhelmCharts: [{name: x}]", "denied", "leaves the repository"},
		"a home of the machine":         {"helmGlobals: {chartHome: /etc}\nhelmCharts: [{name: x}]", "build", "path of the machine"},
		"values of the machine":         {"helmCharts: [{name: shop, valuesFile: /etc/passwd}]", "build", "path of the machine"},
		"values above":                  {"helmCharts: [{name: shop, valuesFile: ../../etc/passwd}]", "denied", "leaves the repository"},
		"values beside":                 {"helmCharts: [{name: shop, valuesFile: ../other.yaml}]", "build", "not in or below the folder"},
		"more values beside":            {"helmCharts: [{name: shop, additionalValuesFiles: [../other.yaml]}]", "build", "not in or below the folder"},
		"values by a link":              {"helmCharts: [{name: shop, valuesFile: link.yaml}]", "build", "not in or below the folder"},
		"a home beside":                 {"helmGlobals: {chartHome: ../lib}\nhelmCharts: [{name: shop}]", "build", "not in or below the folder"},
		"no values":                     {"helmCharts: [{name: bare}]", "build", "values.yaml"},
		"a way to merge":                {"helmCharts: [{name: shop, valuesMerge: deep}]", "build", "valuesMerge"},
		"two names":                     {"helmCharts: [{name: shop, releaseName: a, nameTemplate: b}]", "build", "releaseName and nameTemplate"},
		"a name of the machine":         {"helmCharts: [{name: shop, nameTemplate: '{{ env \"HOME\" }}'}]", "build", "env"},
		"missing dependencies":          {"helmCharts: [{name: needs}]", "build", "missing in charts/ directory: db 1.x"},
		"one object twice":              {"helmCharts: [{name: shop}, {name: shop}]", "build", "shop"},
		"a template that fails":         {"helmCharts: [{name: fails}]", "build", "on purpose"},
		"an option for a release name":  {"helmCharts: [{name: shop, releaseName: '--post-renderer=./x.sh'}]", "build", "releaseName of a Helm chart must not start with '-'"},
		"an option for a name":          {"helmCharts: [{name: '--kubeconfig=x', repo: 'https://charts.example'}]", "build", "name of a Helm chart must not start with '-'"},
		"an option for a version":       {"helmCharts: [{name: shop, version: '--repo=x'}]", "build", "version of a Helm chart must not start with '-'"},
		"an option for a namespace":     {"helmCharts: [{name: shop, namespace: -x}]", "build", "namespace of a Helm chart must not start with '-'"},
		"an option for a repository":    {"helmCharts: [{name: shop, repo: --x}]", "build", "repo of a Helm chart must not start with '-'"},
		"an option for a template":      {"helmCharts: [{name: shop, nameTemplate: --x}]", "build", "nameTemplate of a Helm chart must not start with '-'"},
		"an option among versions":      {"helmCharts: [{name: shop, apiVersions: [v1, --x]}]", "build", "apiVersions of a Helm chart must not start with '-'"},
		"an option for a kubernetes":    {"helmCharts: [{name: shop, kubeVersion: '-1'}]", "build", "kubeVersion of a Helm chart must not start with '-'"},
		"an option for a file":          {"helmCharts: [{name: shop, valuesFile: -x}]", "build", "valuesFile of a Helm chart must not start with '-'"},
		"in the older field":            {"helmChartInflationGenerator: [{chartName: shop, releaseName: --x}]", "build", "releaseName of a Helm chart must not start with '-'"},
		"a generator":                   {"generators: [g.yaml]", "unsupported", "under helmCharts"},
		"a generator in the file":       {"generators: [\"apiVersion: builtin\\nkind: HelmChartInflationGenerator\\nmetadata: {name: x}\\n\"]", "unsupported", "under helmCharts"},
		"where charts lie is not shown": {"buildMetadata: [originAnnotations]\nhelmCharts: [{name: shop}]", "unsupported", "originAnnotations"},
	} {
		t.Run(name, func(t *testing.T) {
			content := shopChart("app/charts/shop/", nil)
			maps.Copy(content, shopChart("lib/shop/", nil))
			maps.Copy(content, files{
				"app/kustomization.yaml": test.kustomization + "\n", "other.yaml": "a: b\n", "app/link.yaml": "link -> ../other.yaml",
				"app/g.yaml":                        "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: shop\n",
				"app/charts/bare/Chart.yaml":        "apiVersion: v2\nname: bare\nversion: 1.0.0\n",
				"app/charts/needs/Chart.yaml":       "apiVersion: v2\nname: needs\nversion: 1.0.0\ndependencies: [{name: db, version: 1.x, repository: 'https://charts.example'}]\n",
				"app/charts/needs/values.yaml":      "{}",
				"app/charts/fails/Chart.yaml":       "apiVersion: v2\nname: fails\nversion: 1.0.0\n",
				"app/charts/fails/values.yaml":      "{}",
				"app/charts/fails/templates/f.yaml": "{{ fail `on purpose` }}",
			})
			_, failure, _ := withCharts(t, content, map[string]files{"https://charts.example": shopChart("", nil)}, nil)
			if failure == nil || failure.Code != test.code || !strings.Contains(failure.Message, test.says) {
				t.Errorf("got %+v", failure)
			}
		})
	}
}

func TestKustomizeChartsReadWhatTheLoadRestrictionLets(t *testing.T) {
	content := shopChart("lib/shop/", files{})
	content["other.yaml"] = "a: other\n"
	content["app/kustomization.yaml"] = "helmGlobals: {chartHome: ../lib}\nhelmCharts: [{name: shop, additionalValuesFiles: [../other.yaml]}]\n"
	result, failure, _ := withCharts(t, content, nil, map[string]any{"loadRestrictor": "none"})
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "values", told(t, result)["values"], `{"a":"other","list":[{"name":"x","size":1}]}`)
	content["app/kustomization.yaml"] = "helmGlobals: {chartHome: ../lib}\nhelmCharts: [{name: shop, additionalValuesFiles: [../../other.yaml]}]\n"
	_, failure, _ = withCharts(t, content, nil, map[string]any{"loadRestrictor": "none"})
	if failure == nil || failure.Code != "denied" {
		t.Errorf("above the repository: %v", failure)
	}
}

func TestKustomizeChartsSayWhatIsNotPredictable(t *testing.T) {
	content := shopChart("app/charts/shop/", files{"templates/c.yaml": configTemplate("{{ randAlpha 8 }}{{ .Release.IsInstall }}")})
	content["app/kustomization.yaml"] = "namePrefix: p-\nhelmCharts: [{name: shop, skipHooks: true}]\n"
	result, failure, _ := withCharts(t, content, nil, nil)
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "uses", result.Uses, []string{"random"})
	same(t, "volatile", result.Objects[0].Volatile, []string{"/data/k"})
	if result.Value == nil {
		t.Error("the second form is not told")
	}
}

func TestKustomizeChartsOfNothing(t *testing.T) {
	content := shopChart("app/charts/shop/", files{"templates/c.yaml": ""})
	content["app/kustomization.yaml"] = "helmCharts: [{name: shop, skipHooks: true}]\n"
	result, failure, _ := withCharts(t, content, nil, nil)
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "objects", len(result.Objects), 0)
}

func TestKustomizeChartsAreRefusedWhereHelmIsNotEnabled(t *testing.T) {
	content := shopChart("app/charts/shop/", nil)
	content["app/kustomization.yaml"] = "helmCharts: [{name: shop}]\n"
	_, failure, _ := withCharts(t, content, nil, map[string]any{"enableHelm": false})
	if failure == nil || failure.Code != "unsupported" || !strings.Contains(failure.Message, "--enable-helm") {
		t.Errorf("got %v", failure)
	}
	_, err := call(t, fluxBuild, content, map[string]any{"path": "/app", "kustomization": map[string]any{"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": map[string]any{"name": "x"}, "spec": map[string]any{}}})
	same(t, "Flux", codeOf(err), "unsupported")
}

// A base that is read again and again, twice as often at each level, renders its charts once.
func TestKustomizeChartsOfABaseAreRenderedOnce(t *testing.T) {
	content := shopChart("l0/charts/shop/", files{})
	content["l0/kustomization.yaml"] = "helmCharts: [{name: shop, releaseName: r, skipHooks: true}]\n"
	for level := 1; level <= 3; level++ {
		for _, side := range []string{"a", "b"} {
			content[fmt.Sprintf("l%d%s/kustomization.yaml", level, side)] = fmt.Sprintf("namePrefix: %s-\nresources: [../l%d]\n", side, level-1)
		}
		content[fmt.Sprintf("l%d/kustomization.yaml", level)] = fmt.Sprintf("resources: [../l%da, ../l%db]\n", level, level)
	}
	content["app/kustomization.yaml"] = "resources: [../l3]\n"
	files := newBuildFS(&Request{FS: mountOf(t, content)}, "/app")
	files.rewriter.charts = newChartInflater(files, kustomizeInput{}, types.LoadRestrictionsRootOnly)
	built, err := runKustomize(files, &krusty.Options{PluginConfig: types.DisabledPluginConfig()}, freshSchema)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "objects", built.Size(), 8)
	same(t, "rendered", len(files.rewriter.charts.known), 1)
	for key := range files.rewriter.charts.known {
		files.rewriter.charts.known[key] = inflated{text: []byte(named("kept"))}
	}
	built, err = runKustomize(files, &krusty.Options{PluginConfig: types.DisabledPluginConfig()}, freshSchema)
	if err != nil {
		t.Fatal(err)
	}
	if name := built.Resources()[0].GetName(); !strings.HasSuffix(name, "kept") {
		t.Errorf("rendered again: %s", name)
	}
}

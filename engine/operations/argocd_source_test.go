package operations

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

const ownRepository = "https://github.com/acme/clusters"

// anAppOf is the input for an Application named web in apps/web of the repository.
func anAppOf(source map[string]any, more map[string]any) map[string]any {
	whole := map[string]any{"repoURL": ownRepository, "path": "apps/web", "targetRevision": "main"}
	maps.Copy(whole, source)
	input := map[string]any{
		"source": whole, "app": map[string]any{"name": "web", "namespace": "argocd", "project": "shop"}, "controllerNamespace": "argocd",
		"destination": map[string]any{"namespace": "prod"}, "kubeVersion": "1.34",
	}
	maps.Copy(input, more)
	return input
}

// renderSource mounts other content at the given places, and answers what is wanted by URL.
func renderSource(t *testing.T, content files, beside, elsewhere map[string]files, input map[string]any) (*Result, *protocol.Error) {
	t.Helper()
	encoded, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	request := &Request{FS: vfs.FromFiles(content), Input: encoded}
	mount := func(at string, brought files) {
		request.FS.Mount(vfs.Mounted{At: at, Tree: vfs.LiteralTree(request.FS, at, brought)})
	}
	for at, brought := range beside {
		mount(at, brought)
	}
	request.Remotes = func(wanted []protocol.Remote) error {
		for _, remote := range wanted {
			brought, known := elsewhere[remote.URL]
			if !known {
				return &protocol.Error{Code: protocol.RemoteCode, Message: remote.URL + " is needed: not allowed"}
			}
			mount(remote.At, brought)
		}
		return nil
	}
	return Run("argocd.source", request)
}

func typeOf(result *Result) string {
	value, _ := result.Value.(map[string]any)
	text, _ := value["sourceType"].(string)
	return text
}

// webChart shows all that Argo CD told it.
func webChart(more files) files {
	content := files{
		"apps/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
		"apps/web/templates/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\n" +
			"data:\n  values: {{ .Values | toJson | quote }}\n  kube: {{ .Capabilities.KubeVersion.Version | quote }}\n  api: {{ .Capabilities.APIVersions.Has \"x/v1\" | quote }}\n",
	}
	maps.Copy(content, more)
	return content
}

func TestArgoCDSourceDetectsTheTool(t *testing.T) {
	kustomization := "resources: []\n"
	chart := "apiVersion: v2\nname: web\nversion: 1.0.0\n"
	for name, test := range map[string]struct {
		files files
		want  string
	}{
		"nothing telling":                 {files{"apps/web/web.yaml": named("a")}, "Directory"},
		"a kustomization":                 {files{"apps/web/kustomization.yaml": kustomization}, "Kustomize"},
		"a kustomization by another name": {files{"apps/web/kustomization.yml": kustomization}, "Kustomize"},
		"a kustomization by a third name": {files{"apps/web/Kustomization": kustomization}, "Kustomize"},
		"a chart":                         {files{"apps/web/Chart.yaml": chart}, "Helm"},
		"both: the lexically last":        {files{"apps/web/Chart.yaml": chart, "apps/web/kustomization.yaml": kustomization}, "Kustomize"},
		"both: capitals come first":       {files{"apps/web/Kustomization": kustomization, "apps/web/Chart.yaml": chart}, "Kustomize"},
		"a chart below":                   {files{"apps/web/charts/db/Chart.yaml": chart}, "Directory"},
		"a kustomization beside":          {files{"apps/kustomization.yaml": kustomization, "apps/web2/kustomization.yaml": kustomization, "apps/web/x.txt": ""}, "Directory"},
		"a name in small letters":         {files{"apps/web/chart.yaml": chart}, "Directory"},
		"a folder by the name of one":     {files{"apps/web/Chart.yaml/x": ""}, "Directory"},
		"a link by the name of one":       {files{"apps/web/kustomization.yaml": "link -> k.yaml", "apps/web/k.yaml": kustomization}, "Kustomize"},
	} {
		t.Run(name, func(t *testing.T) {
			result, failure := renderSource(t, test.files, nil, nil, anAppOf(nil, nil))
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "type", typeOf(result), test.want)
		})
	}
	// The name decides, and Helm says that it is no chart.
	_, failure := renderSource(t, files{"apps/web/MyChart.yaml": chart}, nil, nil, anAppOf(nil, nil))
	if failure == nil || !strings.Contains(failure.Message, "Chart.yaml file is missing") {
		t.Errorf("a file whose name ends like that of a chart: %v", failure)
	}
}

func TestArgoCDSourceSaysWhatItIs(t *testing.T) {
	both := webChart(files{"apps/web/kustomization.yaml": "resources: []\n", "apps/web/x.yaml": named("x"), "apps/web/below/y.yaml": named("y")})
	delete(both, "apps/web/templates/c.yaml")
	for name, test := range map[string]struct {
		source map[string]any
		want   string
	}{
		"nothing":              {nil, "Kustomize"},
		"Helm":                 {map[string]any{"helm": map[string]any{"releaseName": "r"}}, "Helm"},
		"a directory":          {map[string]any{"directory": map[string]any{"recurse": true, "include": "*/y.yaml"}}, "Directory"},
		"an empty block":       {map[string]any{"helm": map[string]any{}, "directory": map[string]any{"recurse": false}}, "Kustomize"},
		"a Kustomization":      {map[string]any{"kustomize": map[string]any{"namePrefix": "a-"}}, "Kustomize"},
		"an unknown field":     {map[string]any{"helmet": map[string]any{"releaseName": "r"}}, "Kustomize"},
		"a field in some case": {map[string]any{"Helm": map[string]any{"releaseName": "r"}}, "Kustomize"},
	} {
		t.Run(name, func(t *testing.T) {
			result, failure := renderSource(t, both, nil, nil, anAppOf(test.source, nil))
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "type", typeOf(result), test.want)
			unknown := test.source["helmet"] != nil || test.source["Helm"] != nil
			same(t, "a warning", strings.Contains(strings.Join(result.Warnings, ";"), "which the API server leaves out"), unknown)
		})
	}
}

func TestArgoCDSourceReadsOverrides(t *testing.T) {
	for name, test := range map[string]struct {
		app     map[string]any
		source  map[string]any
		files   files
		release string
		values  string
	}{
		"none":                        {nil, map[string]any{"values": "a: 1"}, nil, "web", `{"a":1}`},
		"for all apps":                {nil, map[string]any{"values": "a: 1"}, files{".argocd-source.yaml": "helm: {values: 'a: 2'}\n"}, "web", `{"a":2}`},
		"for this app":                {nil, map[string]any{"values": "a: 1"}, files{".argocd-source-web.yaml": "helm: {releaseName: r}\n"}, "r", `{"a":1}`},
		"for another app":             {nil, nil, files{".argocd-source-other.yaml": "helm: {releaseName: r}\n"}, "web", "{}"},
		"for this app after all":      {nil, nil, files{".argocd-source.yaml": "helm: {releaseName: all, values: 'a: 1'}\n", ".argocd-source-web.yaml": "helm: {releaseName: r}\n"}, "r", `{"a":1}`},
		"of an app in its namespace":  {map[string]any{"name": "web", "namespace": "team"}, nil, files{".argocd-source-team_web.yaml": "helm: {releaseName: r}\n", ".argocd-source-web.yaml": "helm: {releaseName: no}\n"}, "r", "{}"},
		"of an app without namespace": {map[string]any{"name": "web"}, nil, files{".argocd-source-web.yaml": "helm: {releaseName: r}\n"}, "r", "{}"},
		"lists are replaced":          {nil, map[string]any{"parameters": []any{map[string]any{"name": "a", "value": "1"}}}, files{".argocd-source.yaml": "helm: {parameters: [{name: b, value: '2'}]}\n"}, "web", `{"b":2}`},
		"null takes no field away":    {nil, map[string]any{"values": "a: 1"}, files{".argocd-source.yaml": "helm: {values: null}\n"}, "web", `{"a":1}`},
		"where it is stays":           {nil, nil, files{".argocd-source.yaml": "path: other\nrepoURL: https://evil.example\nchart: x\ntargetRevision: old\nhelm: {parameters: [{name: a, value: $ARGOCD_APP_SOURCE_PATH}]}\n"}, "web", `{"a":"apps/web"}`},
		"a folder of this name":       {nil, nil, files{".argocd-source.yaml/x": ""}, "web", "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			content := webChart(nil)
			for file, text := range test.files {
				content["apps/web/"+file] = text
			}
			input := anAppOf(map[string]any{"helm": test.source}, nil)
			if test.source == nil {
				delete(input["source"].(map[string]any), "helm")
			}
			if test.app != nil {
				input["app"] = test.app
			}
			result, failure := renderSource(t, content, nil, nil, input)
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "release", names(t, result), []string{test.release})
			same(t, "values", dataOf(t, result.Objects[0])["values"], test.values)
		})
	}
}

func TestArgoCDSourcePutsTheEnvironmentIn(t *testing.T) {
	for name, test := range map[string]struct{ written, want, warns string }{
		"the name":                  {"$ARGOCD_APP_NAME", "team_web", ""},
		"the namespace":             {"${ARGOCD_APP_NAMESPACE}", "prod", ""},
		"the project":               {"$ARGOCD_APP_PROJECT_NAME", "shop", ""},
		"the repository":            {"$ARGOCD_APP_SOURCE_REPO_URL", ownRepository, ""},
		"the path":                  {"$ARGOCD_APP_SOURCE_PATH-x", "apps/web-x", ""},
		"the wanted revision":       {"$ARGOCD_APP_SOURCE_TARGET_REVISION", "main", ""},
		"an escape":                 {"$$ARGOCD_APP_NAME", "$ARGOCD_APP_NAME", ""},
		"another name":              {"a${HOME}b$NOTHING", "ab", ""},
		"the revision":              {"v-$ARGOCD_APP_REVISION", "v-$ARGOCD_APP_REVISION", "$ARGOCD_APP_REVISION stays as it is written"},
		"the short revision":        {"${ARGOCD_APP_REVISION_SHORT}x", "${ARGOCD_APP_REVISION_SHORT}x", "$ARGOCD_APP_REVISION_SHORT stays"},
		"the less short revision":   {"${ARGOCD_APP_REVISION_SHORT_8}", "${ARGOCD_APP_REVISION_SHORT_8}", "$ARGOCD_APP_REVISION_SHORT_8 stays"},
		"an escaped revision":       {"$$ARGOCD_APP_REVISION", "$ARGOCD_APP_REVISION", ""},
		"a dollar and the revision": {"$$$ARGOCD_APP_REVISION", "$$ARGOCD_APP_REVISION", "$ARGOCD_APP_REVISION stays"},
		"a longer name":             {"x$ARGOCD_APP_REVISIONS", "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			source := map[string]any{"helm": map[string]any{"parameters": []any{map[string]any{"name": "a", "value": test.written, "forceString": true}}, "values": "b: " + "'$ARGOCD_APP_NAME'"}}
			input := anAppOf(source, map[string]any{"app": map[string]any{"name": "web", "namespace": "team", "project": "shop"}})
			result, failure := renderSource(t, webChart(nil), nil, nil, input)
			if failure != nil {
				t.Fatal(failure)
			}
			var values map[string]string
			_ = json.Unmarshal([]byte(dataOf(t, result.Objects[0])["values"]), &values)
			same(t, "value", values, map[string]string{"a": test.want, "b": "$ARGOCD_APP_NAME"})
			if warned := strings.Join(result.Warnings, ";"); (warned == "") != (test.warns == "") || !strings.Contains(warned, test.warns) {
				t.Errorf("warned %q", warned)
			}
		})
	}
}

func TestArgoCDSourceRendersCharts(t *testing.T) {
	content := webChart(files{
		"apps/web/values.yaml": "a: default\n", "apps/web/dev.yaml": "a: dev\n", "env/web.yaml": "a: env\n", "env/1.yaml": "a: one\n", "env/2.yaml": "b: two\n",
		"apps/web/templates/test.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n",
		"apps/web/crds/c.yaml":         "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n",
		"env/text.txt":                 "hello", "apps/web/link.yaml": "link -> ../../env/1.yaml",
	})
	beside := map[string]files{
		"/.presync/ref/values": {"prod/web.yaml": "a: ref\n", "prod/a.yaml": "b: ref\n", "text.txt": "of ref"},
		"/.presync/ref/chart":  {"values.yaml": "a: chart\n"},
	}
	elsewhere := map[string]files{"https://example.com/v.yaml": {"v.yaml": "a: far\n"}}
	refs := map[string]any{"values": map[string]any{"at": "/.presync/ref/values"}, "here": map[string]any{"at": "/"}}
	several := map[string]any{"refs": refs}
	ends := "crd web/prod test"
	for name, test := range map[string]struct {
		helm, more map[string]any
		values     string
		objects    string
	}{
		"nothing":                             {nil, nil, `{"a":"default"}`, ends},
		"a release and a namespace":           {map[string]any{"releaseName": "r", "namespace": "ns"}, nil, `{"a":"default"}`, "crd r/ns test"},
		"a release by a template":             {map[string]any{"releaseName": `{{ "R" | lower }}`}, nil, `{"a":"default"}`, "crd r/prod test"},
		"no definitions, no tests":            {map[string]any{"skipCrds": true, "skipTests": true}, nil, `{"a":"default"}`, "web/prod"},
		"a file":                              {map[string]any{"valueFiles": []string{"dev.yaml"}}, nil, `{"a":"dev"}`, ends},
		"a file from the root":                {map[string]any{"valueFiles": []string{"/env/1.yaml"}}, nil, `{"a":"one"}`, ends},
		"a file by a variable":                {map[string]any{"valueFiles": []string{"../../env/$ARGOCD_APP_NAME.yaml"}}, nil, `{"a":"env"}`, ends},
		"a file that begins with one":         {map[string]any{"valueFiles": []string{"$NOTHING/env/1.yaml"}}, nil, `{"a":"one"}`, ends},
		"a pattern":                           {map[string]any{"valueFiles": []string{"/env/?.yaml"}}, nil, `{"a":"one","b":"two"}`, ends},
		"missing files":                       {map[string]any{"valueFiles": []string{"no.yaml", "no/*.yaml"}, "ignoreMissingValueFiles": true}, nil, `{"a":"default"}`, ends},
		"a link counts as its file":           {map[string]any{"valueFiles": []string{"/env/1.yaml", "dev.yaml", "link.yaml"}}, nil, `{"a":"dev"}`, ends},
		"a file of another source":            {map[string]any{"valueFiles": []string{"$values/prod/web.yaml"}}, several, `{"a":"ref"}`, ends},
		"by a variable in another source":     {map[string]any{"valueFiles": []string{"$values/prod/$ARGOCD_APP_NAME.yaml"}}, several, `{"a":"ref"}`, ends},
		"a pattern in another source":         {map[string]any{"valueFiles": []string{"$values/prod/*.yaml"}}, several, `{"a":"ref","b":"ref"}`, ends},
		"this repository as another source":   {map[string]any{"valueFiles": []string{"$here/env/1.yaml"}}, several, `{"a":"one"}`, ends},
		"missing files of another source":     {map[string]any{"valueFiles": []string{"$values/no.yaml", "$values/no*.yaml"}, "ignoreMissingValueFiles": true}, several, `{"a":"default"}`, ends},
		"a file at a URL":                     {map[string]any{"valueFiles": []string{"https://example.com/v.yaml"}}, nil, `{"a":"far"}`, ends},
		"values over files":                   {map[string]any{"valueFiles": []string{"dev.yaml"}, "values": "a: inline"}, nil, `{"a":"inline"}`, ends},
		"an object over values":               {map[string]any{"values": "a: inline", "valuesObject": map[string]any{"a": "object", "n": 12345678}}, nil, `{"a":"object","n":12345678}`, ends},
		"parameters over values":              {map[string]any{"values": "a: inline", "parameters": []any{map[string]any{"name": "a", "value": "1"}, map[string]any{"name": "b", "value": "2", "forceString": true}}}, nil, `{"a":1,"b":"2"}`, ends},
		"a file as a value":                   {map[string]any{"fileParameters": []any{map[string]any{"name": "a", "path": "/env/text.txt"}}}, nil, `{"a":"hello"}`, ends},
		"a file of another source as a value": {map[string]any{"fileParameters": []any{map[string]any{"name": "a", "path": "$values/text.txt"}}}, several, `{"a":"of ref"}`, ends},
		"v3":                                  {map[string]any{"version": "v3"}, nil, `{"a":"default"}`, ends},
		"v4":                                  {map[string]any{"version": "v4"}, nil, `{"a":"default"}`, ends},
	} {
		t.Run(name, func(t *testing.T) {
			source := map[string]any{}
			if test.helm != nil {
				source["helm"] = test.helm
			}
			result, failure := renderSource(t, content, beside, elsewhere, anAppOf(source, test.more))
			if failure != nil {
				t.Fatal(failure)
			}
			var found []string
			for _, object := range result.Objects {
				var one head
				_ = json.Unmarshal(object.Manifest, &one)
				found = append(found, strings.TrimSuffix(one.Metadata.Name+"/"+one.Metadata.Namespace, "/"))
			}
			same(t, "objects", strings.Join(found, " "), test.objects)
			same(t, "values", told(t, result)["values"], test.values)
			same(t, "uses", len(result.Uses), 0)
		})
	}
}

func TestArgoCDSourceTakesTheVersionsOfTheSourceBeforeThoseOfTheCluster(t *testing.T) {
	for name, test := range map[string]struct {
		helm      map[string]any
		kube, api string
	}{
		"of the cluster": {nil, "v1.33.4", "true"},
		"of the source":  {map[string]any{"kubeVersion": "v1.30.1-gke.5", "apiVersions": []string{"y/v1"}}, "v1.30.1", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			source := map[string]any{}
			if test.helm != nil {
				source["helm"] = test.helm
			}
			result, failure := renderSource(t, webChart(nil), nil, nil, anAppOf(source, map[string]any{"kubeVersion": "v1.33.4+k3s1", "apiVersions": []string{"x/v1"}}))
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "versions", told(t, result)["kube"]+" "+told(t, result)["api"], test.kube+" "+test.api)
		})
	}
}

func TestArgoCDSourceOfAChart(t *testing.T) {
	chart := files{}
	for name, text := range webChart(files{"apps/web/values.yaml": "a: default\n"}) {
		chart[strings.TrimPrefix(name, "apps/web/")] = text
	}
	beside := map[string]files{"/.presync/ref/values": {"web.yaml": "a: ref\n"}}
	input := anAppOf(map[string]any{"chart": "web", "path": "", "helm": map[string]any{"valueFiles": []string{"$values/web.yaml"}}}, map[string]any{"refs": map[string]any{"values": map[string]any{"at": "/.presync/ref/values"}}})
	result, failure := renderSource(t, chart, beside, nil, input)
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "values", told(t, result)["values"], `{"a":"ref"}`)
	same(t, "origin", result.Objects[0].Origin, Origin{Path: "templates/c.yaml"})
}

func TestArgoCDSourceNeverSaysInstall(t *testing.T) {
	content := webChart(files{"apps/web/templates/c.yaml": configTemplate("{{ .Release.IsInstall }}{{ randAlpha 4 }}")})
	result, failure := renderSource(t, content, nil, nil, anAppOf(nil, nil))
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "uses", result.Uses, []string{"random"})
	same(t, "volatile", result.Objects[0].Volatile, []string{"/data/k"})
	value, _ := result.Value.(map[string]any)
	if value["variants"] == nil || value["sourceType"] != "Helm" {
		t.Errorf("got %v", result.Value)
	}
}

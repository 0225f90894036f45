package operations

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"presync.dev/engine/vfs"
)

const argoDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:1
`

func TestArgoCDSourceRendersKustomizations(t *testing.T) {
	content := files{
		"apps/web/kustomization.yaml": "resources: [web.yaml]\n", "apps/web/web.yaml": argoDeployment,
		"c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n",
	}
	for name, test := range map[string]struct {
		kustomize map[string]any
		want      string
	}{
		"nothing":                  {nil, `"metadata":{"name":"web"}`},
		"a prefix":                 {map[string]any{"namePrefix": "-a-"}, `"name":"-a-web"`},
		"a suffix":                 {map[string]any{"nameSuffix": "-b"}, `"name":"web-b"`},
		"an image":                 {map[string]any{"images": []string{"nginx=$ARGOCD_APP_NAME/nginx:2"}}, `"image":"web/nginx:2"`},
		"an image of the revision": {map[string]any{"images": []string{"nginx:${ARGOCD_APP_REVISION}"}}, `"image":"nginx:${ARGOCD_APP_REVISION}"`},
		"replicas":                 {map[string]any{"replicas": []any{map[string]any{"name": "web", "count": 3}}}, `"replicas":3`},
		"replicas as a text":       {map[string]any{"replicas": []any{map[string]any{"name": "web", "count": "3"}}}, `"replicas":3`},
		"labels":                   {map[string]any{"commonLabels": map[string]string{"by": "$ARGOCD_APP_PROJECT_NAME"}}, `"matchLabels":{"app":"web","by":"shop"}`},
		"labels beside selectors":  {map[string]any{"commonLabels": map[string]string{"by": "x"}, "labelWithoutSelector": true}, `"matchLabels":{"app":"web"}`},
		"labels of templates":      {map[string]any{"commonLabels": map[string]string{"by": "x"}, "labelWithoutSelector": true, "labelIncludeTemplates": true}, `"labels":{"app":"web","by":"x"}`},
		"annotations as written":   {map[string]any{"commonAnnotations": map[string]string{"by": "$ARGOCD_APP_NAME"}}, `"annotations":{"by":"$ARGOCD_APP_NAME"}`},
		"annotations put in":       {map[string]any{"commonAnnotations": map[string]string{"by": "$ARGOCD_APP_NAME"}, "commonAnnotationsEnvsubst": true}, `"annotations":{"by":"web"}`},
		"a namespace":              {map[string]any{"namespace": "ns"}, `"namespace":"ns"`},
		"a patch":                  {map[string]any{"patches": []any{map[string]any{"target": map[string]any{"kind": "Deployment"}, "patch": `[{"op": "replace", "path": "/spec/replicas", "value": 5}]`}}}, `"replicas":5`},
		"a component":              {map[string]any{"components": []string{"../../c"}}, `"name":"web-c"`},
		"a missing component":      {map[string]any{"components": []string{"../../no"}, "ignoreMissingComponents": true}, `"name":"web"`},
		"a version":                {map[string]any{"version": "v5.4.3", "namePrefix": "a-"}, `"name":"a-web"`},
	} {
		t.Run(name, func(t *testing.T) {
			source := map[string]any{}
			if test.kustomize != nil {
				source["kustomize"] = test.kustomize
			}
			result, failure := renderSource(t, content, nil, nil, anAppOf(source, nil))
			if failure != nil {
				t.Fatal(failure)
			}
			if manifest := string(result.Objects[0].Manifest); !strings.Contains(manifest, test.want) {
				t.Errorf("got %s", manifest)
			}
			same(t, "origin", result.Objects[0].Origin.Path, "apps/web/web.yaml")
			warned := test.kustomize["version"] != nil || test.kustomize["images"] != nil && strings.Contains(test.want, "REVISION")
			same(t, "warned", len(result.Warnings) > 0, warned)
		})
	}
}

func TestArgoCDSourceReadsBuildOptions(t *testing.T) {
	content := shopChart("apps/web/charts/shop/", files{})
	maps.Copy(content, files{
		"apps/web/kustomization.yaml": "resources: [../../shared/a.yaml]\n", "shared/a.yaml": named("a"),
		"chart/kustomization.yaml": "helmCharts: [{name: shop, releaseName: r, skipHooks: true}]\n",
	})
	maps.Copy(content, shopChart("chart/charts/shop/", nil))
	for name, test := range map[string]struct{ path, options, code, says string }{
		"nothing":                           {"apps/web", "", "build", "security"},
		"no restriction":                    {"apps/web", "--load-restrictor LoadRestrictionsNone", "", ""},
		"no restriction, written as one":    {"apps/web", "--load-restrictor=LoadRestrictionsNone", "", ""},
		"the restriction":                   {"apps/web", "--load-restrictor LoadRestrictionsRootOnly", "build", "security"},
		"another restriction":               {"apps/web", "--load-restrictor=Some", "build", "--load-restrictor Some"},
		"harmless ones":                     {"apps/web", "--load-restrictor=none --as-current-user --network --env A=b -e C=d --mount x --reorder legacy", "", ""},
		"an order":                          {"apps/web", "--load-restrictor=none --reorder none", "", ""},
		"another order":                     {"apps/web", "--reorder sideways", "build", "--reorder sideways"},
		"Helm is not enabled":               {"chart", "", "unsupported", "--enable-helm"},
		"Helm is enabled":                   {"chart", "--enable-helm --load-restrictor=LoadRestrictionsNone", "", ""},
		"Helm is not enabled after all":     {"chart", "--enable-helm=false", "unsupported", "--enable-helm"},
		"another Helm":                      {"chart", "--enable-helm --helm-command ./x.sh", "unsupported", "--helm-command"},
		"programs":                          {"apps/web", "--enable-alpha-plugins", "unsupported", "--enable-alpha-plugins, which lets a build start programs"},
		"programs of another kind":          {"apps/web", "--enable-exec", "unsupported", "--enable-exec, which lets a build start programs"},
		"one that is not known":             {"apps/web", "--frobnicate", "unsupported", "flag: --frobnicate"},
		"a short one that is not known":     {"apps/web", "-z", "unsupported", "'z'"},
		"a file for the output":             {"apps/web", "-o /tmp/x", "unsupported", "'o'"},
		"a label that needs its own binary": {"apps/web", "--enable-managedby-label", "unsupported", "--enable-managedby-label"},
		"no option":                         {"apps/web", "elsewhere", "build", `"elsewhere"`},
		"one without its value":             {"apps/web", "--load-restrictor", "build", "load-restrictor"},
	} {
		t.Run(name, func(t *testing.T) {
			_, failure := renderSource(t, content, nil, nil, anAppOf(map[string]any{"path": test.path}, map[string]any{"kustomizeBuildOptions": test.options}))
			if test.code == "" {
				if failure != nil {
					t.Error(failure)
				}
				return
			}
			if failure == nil || failure.Code != test.code || !strings.Contains(failure.Message, test.says) {
				t.Errorf("got %+v", failure)
			}
		})
	}
	for name, test := range map[string]struct {
		options   string
		more      map[string]any
		kube, api string
	}{
		"versions of the cluster":           {"--enable-helm", map[string]any{"kubeVersion": "v1.33.4-eks", "apiVersions": []string{"x/v1"}}, "v1.33.4", "true"},
		"versions among the options":        {"--enable-helm --helm-kube-version 1.20.0 --helm-api-versions x/v1", map[string]any{"kubeVersion": ""}, "v1.20.0", "true"},
		"the cluster after the options":     {"--enable-helm --helm-kube-version 1.20.0 --helm-api-versions x/v1", map[string]any{"kubeVersion": "1.33", "apiVersions": []string{"y/v1"}}, "v1.33", "true"},
		"programs are left out, charts not": {"--enable-alpha-plugins --enable-exec", map[string]any{"withoutPlugins": true}, "v1.34", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			more := map[string]any{"kustomizeBuildOptions": test.options}
			maps.Copy(more, test.more)
			result, failure := renderSource(t, content, nil, nil, anAppOf(map[string]any{"path": "chart"}, more))
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "versions", told(t, result)["kube"]+" "+told(t, result)["api"], test.kube+" "+test.api)
		})
	}
}

func TestArgoCDSourceReadsDirectories(t *testing.T) {
	content := files{
		"apps/web/a.yaml": named("a"), "apps/web/b.json": flowJSON("b"), "apps/web/below/c.yaml": named("c"),
		"apps/web/j.jsonnet":  "function(t='') (import 'l.libsonnet')(t + std.extVar('e'))",
		"vendor/l.libsonnet":  "function(n) {kind: 'A', apiVersion: 'v1', metadata: {name: n}}",
		"apps/web/d.yaml.raw": named("d"),
	}
	jsonnet := map[string]any{
		"libs": []string{"vendor"}, "tlas": []any{map[string]any{"name": "t", "value": "$ARGOCD_APP_NAME"}},
		"extVars": []any{map[string]any{"name": "e", "value": "'-' + 1", "code": true}},
	}
	for name, test := range map[string]struct {
		directory map[string]any
		want      string
	}{
		"this folder":      {map[string]any{"exclude": "*.jsonnet"}, "a b"},
		"folders below":    {map[string]any{"recurse": true, "exclude": "*.jsonnet"}, "a b c"},
		"some":             {map[string]any{"include": "{b,c}.*"}, "b"},
		"other extensions": {map[string]any{"disableExtensionFilter": true, "include": "*.raw"}, "d"},
		"Jsonnet":          {map[string]any{"include": "*.jsonnet", "jsonnet": jsonnet}, "web-1"},
	} {
		t.Run(name, func(t *testing.T) {
			result, failure := renderSource(t, content, nil, nil, anAppOf(map[string]any{"directory": test.directory}, nil))
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "names", strings.Join(names(t, result), " "), test.want)
		})
	}
}

// Whatever the tool: Argo CD writes Lists out, and leaves out those that a template left empty.
func TestArgoCDSourceWritesListsOut(t *testing.T) {
	lists := "apiVersion: v1\nkind: List\nitems:\n- " + flow("a") + "\n- " + flow("b") + "\n---\napiVersion: v1\nkind: ConfigMapList\nitems: null\n"
	odd := "---\napiVersion: x/v1\nkind: Bundle\nmetadata: {name: odd}\nitems:\n- " + flow("c") + "\n"
	for name, content := range map[string]files{
		"a directory":     {"apps/web/l.yaml": lists + odd},
		"a chart":         webChart(files{"apps/web/templates/c.yaml": lists + odd}),
		"a kustomization": {"apps/web/kustomization.yaml": "resources: [l.yaml]\n", "apps/web/l.yaml": lists + odd},
	} {
		t.Run(name, func(t *testing.T) {
			result, failure := renderSource(t, content, nil, nil, anAppOf(nil, nil))
			if failure != nil {
				t.Fatal(failure)
			}
			found := names(t, result)
			slices.Sort(found)
			same(t, "names", strings.Join(found, " "), "a b c")
		})
	}
}

func TestArgoCDSourceRendersWhatStandsForAPlugin(t *testing.T) {
	content := files{"apps/web/kustomization.yaml": "resources: [../../shared/a.yaml]\n", "shared/a.yaml": named("a"), "apps/web/b.yaml": named("b")}
	maps.Copy(content, webChart(nil))
	for name, test := range map[string]struct {
		plugin map[string]any
		want   string
	}{
		"a kustomization": {map[string]any{"as": "kustomize", "buildOptions": "--load-restrictor LoadRestrictionsNone"}, "a"},
		"a chart":         {map[string]any{"as": "helm"}, "web"},
	} {
		t.Run(name, func(t *testing.T) {
			input := anAppOf(map[string]any{"plugin": map[string]any{"name": "cmp"}}, map[string]any{"plugins": map[string]any{"cmp": test.plugin}})
			result, failure := renderSource(t, content, nil, nil, input)
			if failure != nil {
				t.Fatal(failure)
			}
			same(t, "names", strings.Join(names(t, result), " "), test.want)
			same(t, "type", typeOf(result), "Plugin")
			if !strings.Contains(strings.Join(result.Warnings, ";"), "config management plugin cmp") {
				t.Errorf("warned %q", result.Warnings)
			}
		})
	}
	input := anAppOf(map[string]any{"path": "shared", "plugin": map[string]any{"name": "cmp"}}, map[string]any{"plugins": map[string]any{"cmp": map[string]any{"as": "directory"}}})
	result, failure := renderSource(t, content, nil, nil, input)
	if failure != nil || strings.Join(names(t, result), " ") != "a" {
		t.Errorf("a directory: %v", failure)
	}
}

func TestArgoCDSourceThatCannotBe(t *testing.T) {
	refs := map[string]any{"refs": map[string]any{
		"values": map[string]any{"at": "/.presync/ref/values"}, "chart": map[string]any{"at": "/.presync/ref/chart", "chart": true}, "gone": map[string]any{"at": "/.presync/ref/gone"},
	}}
	beside := map[string]files{"/.presync/ref/values": {"v.yaml": "a: ref\n", "out.yaml": "link -> ../../../apps/web/values.yaml"}}
	helm := func(fields map[string]any) map[string]any { return map[string]any{"helm": fields} }
	values := func(file string) map[string]any {
		return helm(map[string]any{"valueFiles": []string{file}, "ignoreMissingValueFiles": true})
	}
	for name, test := range map[string]struct {
		source, more map[string]any
		files        files
		code, says   string
	}{
		"no folder":                        {map[string]any{"path": "apps/no"}, nil, nil, "build", "apps/no: app path does not exist"},
		"a file":                           {map[string]any{"path": "apps/web/Chart.yaml"}, nil, nil, "build", "app path is not a directory"},
		"a path of the machine":            {map[string]any{"path": "/etc"}, nil, nil, "build", "/etc: app path is absolute"},
		"a path that leaves":               {map[string]any{"path": "../x"}, nil, nil, "denied", "../x: app path outside root"},
		"a linked folder":                  {map[string]any{"path": "linked"}, nil, files{"linked": "link -> apps/web"}, "unsupported", "its path goes through the symbolic link linked"},
		"a linked folder on the way":       {map[string]any{"path": "linked/web"}, nil, files{"linked": "link -> apps"}, "unsupported", "its path goes through the symbolic link linked"},
		"a plugin":                         {map[string]any{"plugin": map[string]any{"name": "avp"}}, nil, nil, "unsupported", "config management plugin avp"},
		"a plugin without a name":          {map[string]any{"plugin": map[string]any{}}, nil, nil, "unsupported", "config management plugin (unnamed)"},
		"a plugin as something else":       {map[string]any{"plugin": map[string]any{"name": "x"}}, map[string]any{"plugins": map[string]any{"x": map[string]any{"as": "magic"}}}, nil, "internal", "magic"},
		"two tools":                        {map[string]any{"helm": map[string]any{"releaseName": "r"}, "kustomize": map[string]any{"namePrefix": "a"}}, nil, nil, "build", "Kustomize,Helm"},
		"two tools by an override":         {map[string]any{"helm": map[string]any{"releaseName": "r"}}, nil, files{"apps/web/.argocd-source.yaml": "directory: {recurse: true}\n"}, "build", "Helm,Directory"},
		"no source":                        {map[string]any{"helm": "text"}, nil, nil, "build", "the source of the Application is not one"},
		"a broken override":                {nil, nil, files{"apps/web/.argocd-source.yaml": "a: [\n"}, "build", "apps/web/.argocd-source.yaml"},
		"an override of another shape":     {nil, nil, files{"apps/web/.argocd-source.yaml": "helm: {values: [1]}\n"}, "build", "apps/web/.argocd-source.yaml"},
		"an override that grows":           {nil, nil, files{"apps/web/.argocd-source.yaml": laughs(9)}, "limit", "aliases"},
		"an override that is a link out":   {nil, nil, files{"apps/web/.argocd-source.yaml": "link -> /etc/passwd"}, "denied", "leaves the repository"},
		"Helm 2":                           {helm(map[string]any{"version": "v2"}), nil, nil, "build", "helm version 'v2' is not supported"},
		"a version of nothing":             {nil, map[string]any{"kubeVersion": "latest"}, nil, "build", "could not parse kubernetes version latest"},
		"values above":                     {values("../../../etc/passwd"), nil, nil, "denied", "outside repository root"},
		"values of the machine":            {values("file:///etc/passwd"), nil, nil, "denied", "scheme 'file'"},
		"values in some bucket":            {values("s3://x/y.yaml"), nil, nil, "denied", "scheme 's3'"},
		"values that are denied":           {values("https://no.example/v.yaml"), nil, nil, "remote", "https://no.example/v.yaml"},
		"values by a link out":             {values("out.yaml"), nil, files{"apps/web/out.yaml": "link -> /etc/passwd"}, "denied", "leaves the repository"},
		"no values":                        {helm(map[string]any{"valueFiles": []string{"no.yaml"}}), nil, nil, "build", "no.yaml"},
		"a pattern of nothing":             {helm(map[string]any{"valueFiles": []string{"no*.yaml"}}), nil, nil, "build", `"no*.yaml" matched no files`},
		"no other source":                  {values("$values/v.yaml"), map[string]any{"refs": map[string]any{}}, nil, "build", `source referenced "$values", but no source has a 'ref' field defined`},
		"another source that is not there": {values("$other/v.yaml"), refs, nil, "build", `source referenced "$other", which is not one of the available sources ($chart, $gone, $values)`},
		"a variable among several sources": {values("$ARGOCD_APP_NAME/v.yaml"), refs, nil, "build", `source referenced "$ARGOCD_APP_NAME"`},
		"another source that is a chart":   {values("$chart/values.yaml"), refs, nil, "build", "not yet supported for 'ref' sources"},
		"another source without its files": {values("$gone/v.yaml"), refs, nil, "internal", "/.presync/ref/gone"},
		"another source and no file":       {values("$values"), refs, nil, "build", "no file in it"},
		"above another source":             {values("$values/../../apps/web/values.yaml"), refs, nil, "denied", "outside repository root"},
		"a link out of another source":     {values("$values/out.yaml"), refs, nil, "denied", "leaves the repository"},
		"another source by its place":      {values("/.presync/ref/values/v.yaml"), refs, nil, "denied", "outside repository root"},
		"its place, from the folder":       {values("../../.presync/ref/values/v.yaml"), refs, nil, "denied", "outside repository root"},
		"its place in a kustomization":     {map[string]any{"path": "k"}, map[string]any{"refs": refs["refs"], "kustomizeBuildOptions": "--load-restrictor=none"}, files{"k/kustomization.yaml": "resources: [../.presync/ref/values/v.yaml]\n"}, "denied", "leaves the repository"},
		"replicas of nothing":              {map[string]any{"kustomize": map[string]any{"replicas": []any{map[string]any{"name": "web", "count": "many"}}}}, nil, files{"apps/web/kustomization.yaml": "resources: []\n"}, "build", "expected integer value for count"},
		"a library above":                  {map[string]any{"directory": map[string]any{"include": "*.jsonnet", "jsonnet": map[string]any{"libs": []string{"../x"}}}}, nil, files{"apps/web/x.jsonnet": "{}"}, "denied", "outside repository root"},
	} {
		t.Run(name, func(t *testing.T) {
			content := webChart(files{"apps/web/values.yaml": "a: default\n"})
			maps.Copy(content, test.files)
			_, failure := renderSource(t, content, beside, nil, anAppOf(test.source, test.more))
			if failure == nil || failure.Code != test.code || !strings.Contains(failure.Message, test.says) {
				t.Errorf("got %+v", failure)
			}
		})
	}
}

// Argo CD checks submodules out. Where one is met, the rest of its content is not guessed.
func TestArgoCDSourceSaysThatASubmoduleIsMet(t *testing.T) {
	for name, test := range map[string]struct {
		file, module string
		source       map[string]any
		refused      bool
	}{
		"as the folder itself":                {"x.yaml", "apps/web", nil, true},
		"in a folder":                         {"apps/web/a.yaml", "apps/web/m", nil, false},
		"in a folder with those below":        {"apps/web/a.yaml", "apps/web/m", map[string]any{"directory": map[string]any{"recurse": true}}, true},
		"deep in a folder":                    {"apps/web/a.yaml", "apps/web/a/b/m", map[string]any{"directory": map[string]any{"recurse": true}}, true},
		"in a chart":                          {"apps/web/Chart.yaml", "apps/web/charts/db", nil, true},
		"beside a chart":                      {"apps/web/Chart.yaml", "apps/db", nil, false},
		"in a kustomization that has no need": {"apps/web/kustomization.yaml", "apps/web/m", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			text := map[string]string{"Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n", "kustomization.yaml": "resources: []\n", "a.yaml": named("a"), "x.yaml": named("x")}[path.Base(test.file)]
			request := &Request{FS: vfs.New(oneBlob(text), vfs.Mounted{At: "/", Tree: vfs.NewTree("1", [][3]string{{test.file, "100644", "1"}, {test.module, "160000", "2"}})})}
			request.Input, _ = json.Marshal(anAppOf(test.source, nil))
			_, failure := Run("argocd.source", request)
			if refused := failure != nil && failure.Code == "unsupported" && strings.Contains(failure.Message, "the submodule "+test.module); refused != test.refused || (!test.refused && failure != nil) {
				t.Errorf("got %+v", failure)
			}
		})
	}
}

type oneBlob string

func (oneBlob) Blobs([]string) error          { return nil }
func (o oneBlob) Blob(string) ([]byte, error) { return []byte(o), nil }

package operations

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"presync.dev/engine/vfs"
)

// fluxReleaseOf is a HelmRelease named web in the namespace apps.
func fluxReleaseOf(spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
		"metadata": map[string]any{"name": "web", "namespace": "apps"}, "spec": spec,
	}
}

func releaseInput(spec, more map[string]any) map[string]any {
	input := map[string]any{"path": "/charts/x", "release": fluxReleaseOf(spec), "kubeVersion": "1.34", "apiVersions": []string{"x/v1"}}
	maps.Copy(input, more)
	return input
}

func callRelease(t *testing.T, content files, spec, more map[string]any) *Result {
	t.Helper()
	result, err := call(t, helmReleaseRender, content, releaseInput(spec, more))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func anyOf(values ...map[string]any) []any {
	var all []any
	for _, value := range values {
		all = append(all, value)
	}
	return all
}

var allValues = configTemplate("{{ .Values | toJson | quote }}")

func TestHelmReleaseComposesValuesInFluxOrder(t *testing.T) {
	content := shop(allValues, files{
		"charts/x/values.yaml": "a: default\nz: default\n",
		"charts/x/prod.yaml":   "a: prod\nn: null\n",
		"env/prod.yaml":        "a: env\n",
	})
	references := anyOf(
		map[string]any{"kind": "ConfigMap", "name": "one", "data": map[string]string{"values.yaml": "a: one\nb: one\n", "other": "a: other"}},
		map[string]any{"kind": "Secret", "name": "two", "data": map[string]string{"values.yaml": "a: two\n", "single": "x"}},
	)
	from := func(more map[string]any) map[string]any {
		all := map[string]any{"kind": "ConfigMap", "name": "one"}
		maps.Copy(all, more)
		return all
	}
	chart := func(files ...string) map[string]any {
		return map[string]any{"spec": map[string]any{"chart": "x", "valuesFiles": files, "ignoreMissingValuesFiles": slices.Contains(files, "gone.yaml")}}
	}
	rows := []struct {
		name       string
		spec, more map[string]any
		want       string
	}{
		{"defaults", nil, nil, `{"a":"default","z":"default"}`},
		{"values", map[string]any{"values": map[string]any{"a": "inline", "i": 1000000}}, nil, `{"a":"inline","i":1000000,"z":"default"}`},
		{"a reference", map[string]any{"valuesFrom": anyOf(from(nil))}, nil, `{"a":"one","b":"one","z":"default"}`},
		{"the later reference wins", map[string]any{"valuesFrom": anyOf(from(nil), map[string]any{"kind": "Secret", "name": "two"})}, nil, `{"a":"two","b":"one","z":"default"}`},
		{"values go over references", map[string]any{"valuesFrom": anyOf(from(nil)), "values": map[string]any{"a": "inline"}}, nil, `{"a":"inline","b":"one","z":"default"}`},
		{"another key", map[string]any{"valuesFrom": anyOf(from(map[string]any{"valuesKey": "other"}))}, nil, `{"a":"other","z":"default"}`},
		{"a target path goes over values", map[string]any{"valuesFrom": anyOf(map[string]any{"kind": "Secret", "name": "two", "valuesKey": "single", "targetPath": "a.b"}), "values": map[string]any{"c": 1}}, nil, `{"a":{"b":"x"},"c":1,"z":"default"}`},
		{"an optional one that is missing", map[string]any{"valuesFrom": anyOf(map[string]any{"kind": "Secret", "name": "no", "optional": true})}, nil, `{"a":"default","z":"default"}`},
		{"files of the chart take the place of its values", map[string]any{"chart": chart("prod.yaml")}, nil, `{"a":"prod"}`},
		{"values.yaml among them", map[string]any{"chart": chart("values.yaml", "./prod.yaml")}, nil, `{"a":"prod","z":"default"}`},
		{"files of the source", map[string]any{"chart": chart("charts/x/values.yaml", "./env/prod.yaml")}, map[string]any{"valuesFilesRoot": "/"}, `{"a":"env","z":"default"}`},
		{"files do not leave the source", map[string]any{"chart": chart("../../env/prod.yaml")}, map[string]any{"valuesFilesRoot": "/"}, `{"a":"env"}`},
		{"missing files that may be", map[string]any{"chart": chart("gone.yaml", "prod.yaml")}, nil, `{"a":"prod"}`},
		{"missing files of the source that may be", map[string]any{"chart": chart("gone.yaml")}, map[string]any{"valuesFilesRoot": "/"}, `{}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if row.spec == nil {
				row.spec = map[string]any{}
			}
			more := map[string]any{"references": references}
			maps.Copy(more, row.more)
			result := callRelease(t, content, row.spec, more)
			same(t, "values", dataOf(t, result.Objects[0])["k"], row.want)
			same(t, "volatile", result.Objects[0].Volatile, nil)
		})
	}
}

func TestHelmReleaseRefuses(t *testing.T) {
	from := func(kind, name string) map[string]any {
		return map[string]any{"valuesFrom": anyOf(map[string]any{"kind": kind, "name": name, "valuesKey": "k", "targetPath": "a"})}
	}
	given := map[string]any{"references": anyOf(map[string]any{"kind": "Secret", "name": "have", "data": map[string]string{"other": "x"}})}
	bomb := map[string]any{"references": anyOf(map[string]any{"kind": "ConfigMap", "name": "bomb", "data": map[string]string{"k": laughs(9)}})}
	files := func(file string) map[string]any {
		return map[string]any{"chart": map[string]any{"spec": map[string]any{"valuesFiles": []string{file}}}}
	}
	twice := configTemplate("v") + "---\n" + configTemplate("v")
	rows := []struct {
		name       string
		content    map[string]string
		spec, more map[string]any
		code, says string
	}{
		{"a Secret that was not given", nil, from("Secret", "no"), given, "build", "could not resolve Secret chart values reference 'apps/no' with key 'k'"},
		{"a ConfigMap of the name of a Secret", nil, from("ConfigMap", "have"), given, "build", "could not resolve ConfigMap chart values reference 'apps/have'"},
		{"a key that was not given", nil, from("Secret", "have"), given, "build", "with key 'k': key not found"},
		{"a kind that is none", nil, from("Pod", "x"), given, "build", "unsupported values reference kind"},
		{"a bomb among the references", nil, map[string]any{"valuesFrom": anyOf(map[string]any{"kind": "ConfigMap", "name": "bomb", "valuesKey": "k"})}, bomb, "limit", "ConfigMap bomb, key k: the aliases"},
		{"values that are no mapping", nil, map[string]any{"values": []string{"x"}}, nil, "build", "spec.values of HelmRelease web"},
		{"a values file that is missing", nil, files("no.yaml"), nil, "build", "no values file found at path 'no.yaml'"},
		{"a values file of the source that is missing", nil, files("no.yaml"), map[string]any{"valuesFilesRoot": "/"}, "build", "no values file found at path 'no.yaml'"},
		{"a values file above its source", map[string]string{"env/prod.yaml": "a: b"}, files("../env/prod.yaml"), map[string]any{"valuesFilesRoot": "/charts"}, "build", "no values file found"},
		{"a template as a values file", nil, files("templates/t.yaml"), nil, "build", "no values file found"},
		{"output that is a bomb", map[string]string{"charts/x/templates/b.yaml": "apiVersion: v1\nkind: X\nmetadata: {name: x}\n" + laughs(9)}, nil, nil, "limit", "the chart's output"},
		{"a values file that is a bomb", map[string]string{"charts/x/bomb.yaml": laughs(9)}, files("bomb.yaml"), nil, "limit", "aliases"},
		{"no values.yaml to be replaced", map[string]string{"charts/x/v.yaml": "a: b"}, files("v.yaml"), nil, "build", "the chart has no values.yaml"},
		{"a policy that is none", nil, map[string]any{"upgrade": map[string]any{"crds": "Replace"}}, nil, "build", `spec.upgrade.crds of HelmRelease web is "Replace"`},
		{"a strategy that is none", nil, map[string]any{"postRenderStrategy": "both"}, nil, "build", "unknown post-render strategy: 'both'"},
		{"a patch that is an address", nil, map[string]any{"postRenderers": anyOf(map[string]any{"kustomize": map[string]any{"patchesStrategicMerge": []string{"https://127.0.0.1/x"}}})}, nil, "build", "which is no object"},
		{"a patch that does not fit", nil, postPatch("- {op: remove, path: /spec}", "ConfigMap"), nil, "build", "spec.postRenderers: "},
		{"two objects of one name", map[string]string{"charts/x/templates/t.yaml": twice}, nil, nil, "build", "may not add resource with an already registered id"},
		{"values that break the schema", map[string]string{"charts/x/values.schema.json": `{"required":["a"]}`}, nil, nil, "schema", "missing property 'a'"},
		{"another kind", nil, nil, map[string]any{"release": map[string]any{"kind": "Kustomization", "metadata": map[string]any{"name": "x"}}}, "build", `this is "Kustomization" "x"`},
		{"an input that is unknown", nil, nil, map[string]any{"valueFiles": []string{}}, "internal", "valueFiles"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if row.spec == nil {
				row.spec = map[string]any{}
			}
			_, err := call(t, helmReleaseRender, shop(configTemplate("v"), row.content), releaseInput(row.spec, row.more))
			if codeOf(err) != row.code || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %s: %v", codeOf(err), err)
			}
		})
	}
}

func postPatch(patch, kind string) map[string]any {
	return map[string]any{"postRenderers": anyOf(map[string]any{"kustomize": map[string]any{"patches": anyOf(map[string]any{"patch": patch, "target": map[string]any{"kind": kind}})}})}
}

func TestHelmReleaseNames(t *testing.T) {
	long := strings.Repeat("n", 60)
	rows := []struct {
		name                        string
		spec                        map[string]any
		release, namespace, storage string
	}{
		{"its own", map[string]any{}, "web", "apps", "apps"},
		{"of the target", map[string]any{"targetNamespace": "shop"}, "shop-web", "shop", "apps"},
		{"given", map[string]any{"targetNamespace": "shop", "releaseName": "r", "storageNamespace": "store"}, "r", "shop", "store"},
		{"53 characters", map[string]any{"releaseName": long[:53]}, long[:53], "apps", "apps"},
		{"54 characters", map[string]any{"releaseName": long[:54]}, long[:40] + "-b905c05321dd", "apps", "apps"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result := callRelease(t, shop(configTemplate("{{ .Release.Name }}/{{ .Release.Namespace }}/{{ .Release.Service }}"), nil), row.spec, nil)
			same(t, "in the chart", dataOf(t, result.Objects[0])["k"], row.release+"/"+row.namespace+"/Helm")
			facts, _ := result.Value.(map[string]any)["release"].(map[string]any)
			same(t, "facts", []any{facts["name"], facts["namespace"], facts["storageNamespace"]}, []any{row.release, row.namespace, row.storage})
		})
	}
}

func TestHelmReleaseShowsWhatIsApplied(t *testing.T) {
	hook := func(name, events string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", annotations: {helm.sh/hook: '" + events + "'}}\n"
	}
	content := shop(configTemplate("v"), files{
		"charts/x/crds/c.yaml":         "apiVersion: v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n",
		"charts/x/templates/pre.yaml":  hook("pre", "pre-install,pre-upgrade"),
		"charts/x/templates/t1.yaml":   hook("t1", "test"),
		"charts/x/templates/t2.yaml":   hook("t2", "test"),
		"charts/x/templates/both.yaml": hook("both", "test,post-install"),
	})
	nested := func(field string, value map[string]any) map[string]any { return map[string]any{field: value} }
	filter := func(name string, exclude bool) map[string]any {
		return nested("test", map[string]any{"enable": true, "filters": anyOf(map[string]any{"name": name, "exclude": exclude})})
	}
	rows := []struct {
		name string
		spec map[string]any
		want string
	}{
		{"by default", map[string]any{}, "both c crd pre"},
		{"with tests", nested("test", map[string]any{"enable": true}), "both c crd pre t1 t2"},
		{"with some tests", filter("t1", false), "both c crd pre t1"},
		{"without some tests", filter("t1", true), "both c crd pre t2"},
		{"without CRDs", nested("install", map[string]any{"crds": "Skip"}), "both c pre"},
		{"without CRDs, the old way", nested("install", map[string]any{"skipCRDs": true}), "both c pre"},
		{"the new way wins", nested("install", map[string]any{"skipCRDs": true, "crds": "Create"}), "both c crd pre"},
		{"CRDs by upgrades alone", map[string]any{"install": map[string]any{"crds": "Skip"}, "upgrade": map[string]any{"crds": "CreateReplace"}}, "both c crd pre"},
		{"without hooks", map[string]any{"install": map[string]any{"disableHooks": true}, "upgrade": map[string]any{"disableHooks": true}}, "c crd"},
		{"tests without hooks", map[string]any{"test": map[string]any{"enable": true}, "install": map[string]any{"disableHooks": true}, "upgrade": map[string]any{"disableHooks": true}}, "both c crd t1 t2"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result := callRelease(t, content, row.spec, nil)
			found := names(t, result)
			slices.Sort(found)
			same(t, "objects", strings.Join(found, " "), row.want)
			for _, object := range result.Objects {
				same(t, "volatile", object.Volatile, nil)
			}
		})
	}
	result := callRelease(t, content, map[string]any{"upgrade": map[string]any{"disableHooks": true}}, nil)
	volatile := map[string][]string{}
	for at, name := range names(t, result) {
		volatile[name] = result.Objects[at].Volatile
	}
	same(t, "hooks of a first install", volatile, map[string][]string{"crd": nil, "c": nil, "pre": {""}, "both": {""}})
	same(t, "uses", result.Uses, []string{"install"})
}

func TestHelmReleaseTellsAnUpgradeFromAnInstall(t *testing.T) {
	rows := []struct {
		name, template string
		volatile       []string
	}{
		{"IsInstall", configTemplate("{{ .Release.IsInstall | quote }}"), []string{"/data/k"}},
		{"IsUpgrade", configTemplate("{{ if .Release.IsUpgrade }}a{{ else }}b{{ end }}"), []string{"/data/k"}},
		{"Revision", configTemplate("{{ .Release.Revision | quote }}"), []string{"/data/k"}},
		{"an object of installs", configTemplate("v") + "{{ if .Release.IsInstall }}\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n{{ end }}", nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result := callRelease(t, shop(row.template, nil), map[string]any{}, nil)
			same(t, "volatile", result.Objects[0].Volatile, row.volatile)
			same(t, "uses", result.Uses, []string{"install"})
			if row.volatile == nil {
				same(t, "volatile of the other", result.Objects[1].Volatile, []string{""})
			}
			if _, err := json.Marshal(result); err != nil {
				t.Errorf("the answer cannot be written: %v", err)
			}
		})
	}
	_, err := call(t, helmReleaseRender, shop(`{{ if .Release.IsUpgrade }}{{ fail "never" }}{{ end }}`, nil), releaseInput(map[string]any{}, nil))
	if err == nil || !strings.Contains(err.Error(), "not for an upgrade") {
		t.Errorf("got %v", err)
	}
}

func TestHelmReleaseRunsPostRenderers(t *testing.T) {
	deployed := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {a: old}}\nspec: {template: {spec: {containers: [{name: c, image: 'nginx:1'}]}}}\n"
	hook := "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {helm.sh/hook: pre-install}}\nspec: {containers: [{name: c, image: 'nginx:1'}]}\n"
	content := shop(deployed, files{"charts/x/templates/hook.yaml": hook, "charts/x/crds/c.yaml": "apiVersion: v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n"})
	kustomized := func(fields map[string]any) map[string]any { return map[string]any{"kustomize": fields} }
	image := kustomized(map[string]any{"images": anyOf(map[string]any{"name": "nginx", "newTag": "2"})})
	patch := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"
	rows := []struct {
		name string
		spec map[string]any
		want []string
		not  string
	}{
		{"images", map[string]any{"postRenderers": anyOf(image)}, []string{`"image":"nginx:2"`}, "nginx:1"},
		{"images, hooks apart", map[string]any{"postRenderers": anyOf(image), "postRenderStrategy": "nohooks"}, []string{`"image":"nginx:2"`, `"image":"nginx:1"`}, ""},
		{"images, hooks by themselves", map[string]any{"postRenderers": anyOf(image), "postRenderStrategy": "separate"}, []string{`"image":"nginx:2"`}, "nginx:1"},
		{"a merged patch", map[string]any{"postRenderers": anyOf(kustomized(map[string]any{"patches": anyOf(map[string]any{"patch": patch})}))}, []string{`"replicas":3`}, ""},
		{"a JSON patch", postPatch("- {op: add, path: /spec/paused, value: true}", "Deployment"), []string{`"paused":true`}, ""},
		{"the old merged patch", map[string]any{"postRenderers": anyOf(kustomized(map[string]any{"patchesStrategicMerge": anyOf(map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web"}, "spec": map[string]any{"replicas": 4}})}))}, []string{`"replicas":4`}, ""},
		{"the old JSON patch", map[string]any{"postRenderers": anyOf(kustomized(map[string]any{"patchesJson6902": anyOf(map[string]any{"target": map[string]any{"kind": "Deployment", "name": "web"}, "patch": anyOf(map[string]any{"op": "add", "path": "/spec/replicas", "value": 5})})}))}, []string{`"replicas":5`}, ""},
		{"one after the other", map[string]any{"postRenderers": anyOf(image, kustomized(map[string]any{"images": anyOf(map[string]any{"name": "nginx", "newName": "proxy"})}))}, []string{`"image":"proxy:2"`}, "nginx"},
		{"common metadata", map[string]any{"commonMetadata": map[string]any{"labels": map[string]any{"a": "new"}, "annotations": map[string]any{"n": "x"}}}, []string{`"annotations":{"n":"x"},"labels":{"a":"new"},"name":"web"`, `"labels":{"a":"new"},"name":"p"`}, "old"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result := callRelease(t, content, row.spec, nil)
			got := manifests(t, result, nil)
			for _, want := range row.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s is not in %s", want, got)
				}
			}
			if row.not != "" && strings.Contains(got, row.not) {
				t.Errorf("%s is in %s", row.not, got)
			}
			same(t, "CRDs are applied as they are", string(result.Objects[0].Manifest), `{"apiVersion":"v1","kind":"CustomResourceDefinition","metadata":{"name":"crd"}}`)
			same(t, "origins", []string{result.Objects[1].Origin.Path, result.Objects[2].Origin.Path}, []string{"charts/x/templates/t.yaml", "charts/x/templates/hook.yaml"})
		})
	}
}

func TestHelmReleaseNeverShowsWhatIsEncrypted(t *testing.T) {
	secret := anyOf(map[string]any{"kind": "Secret", "name": "s", "data": map[string]string{"plain": "open"}, "unknown": []string{"key", "values.yaml"}})
	from := func(key, target string) map[string]any {
		return map[string]any{"kind": "Secret", "name": "s", "valuesKey": key, "targetPath": target}
	}
	template := "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\ndata: {p: {{ .Values.p | default \"\" | b64enc }}, q: {{ .Values.q | b64enc }}}\nstringData: {u: {{ .Values.p }}}\n"
	content := shop(template, files{"charts/x/values.yaml": "q: default\n"})
	rows := []struct {
		name     string
		from     []any
		want     string
		volatile []string
		unknown  []string
	}{
		{"a value that is known", anyOf(from("plain", "p")), `"data":{"p":"b3Blbg==","q":"ZGVmYXVsdA=="}`, nil, []string{}},
		{"a value that is not", anyOf(from("key", "p")), `"data":{"p":"KioqKioqKio=","q":"ZGVmYXVsdA=="},"kind":"Secret","metadata":{"name":"c"},"stringData":{"u":"********"}`, []string{"/data/p", "/stringData/u"}, []string{}},
		{"values that nobody knows", anyOf(map[string]any{"kind": "Secret", "name": "s"}, from("plain", "p")), `"q":"ZGVmYXVsdA=="`, nil, []string{"Secret s, key values.yaml"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result := callRelease(t, content, map[string]any{"valuesFrom": row.from}, map[string]any{"references": secret})
			if got := manifests(t, result, nil); !strings.Contains(got, row.want) {
				t.Errorf("got %s", got)
			}
			same(t, "volatile", result.Objects[0].Volatile, row.volatile)
			same(t, "uses secret", slices.Contains(result.Uses, "secret"), row.volatile != nil || len(row.unknown) > 0)
			value, _ := result.Value.(map[string]any)
			same(t, "unknown values", value["release"].(map[string]any)["unknownValues"], any(row.unknown))
			same(t, "warnings", len(result.Warnings), len(row.unknown))
			whole, _ := json.Marshal(result)
			if strings.Contains(string(whole), "presync-secret") {
				t.Errorf("the placeholder is shown: %s", whole)
			}
		})
	}
	content["charts/x/values.schema.json"] = `{"properties":{"p":{"type":"integer"}}}`
	_, err := call(t, helmReleaseRender, content, releaseInput(map[string]any{"valuesFrom": anyOf(from("key", "p"))}, map[string]any{"references": secret}))
	if codeOf(err) != "schema" || !strings.Contains(err.Error(), "values of an encrypted Secret are not known here") {
		t.Errorf("got %v", err)
	}
	_, err = call(t, helmReleaseRender, shop("{{ fail .Values.p }}", nil), releaseInput(map[string]any{"valuesFrom": anyOf(from("key", "p"))}, map[string]any{"references": secret}))
	if err == nil || strings.Contains(err.Error(), "presync-secret") {
		t.Errorf("got %v", err)
	}
}

func TestHelmReleaseValidatesWhereTheActionDoes(t *testing.T) {
	content := shop(configTemplate("{{ .Release.IsUpgrade | quote }}"), files{"charts/x/values.schema.json": `{"required":["a"]}`})
	off := map[string]any{"disableSchemaValidation": true}
	for name, row := range map[string]struct {
		spec map[string]any
		code string
	}{
		"both":            {map[string]any{}, "schema"},
		"upgrades alone":  {map[string]any{"install": off}, "schema"},
		"installs alone":  {map[string]any{"upgrade": off}, "schema"},
		"neither of them": {map[string]any{"install": off, "upgrade": off}, ""},
	} {
		_, err := call(t, helmReleaseRender, content, releaseInput(row.spec, nil))
		if codeOf(err) != row.code {
			t.Errorf("%s: %s, %v", name, codeOf(err), err)
		}
	}
}

func TestHelmReleaseWarnsOfWhatItCannotShow(t *testing.T) {
	spec := map[string]any{
		"upgrade":       map[string]any{"preserveValues": true},
		"chart":         map[string]any{"spec": map[string]any{"reconcileStrategy": "Revision"}},
		"valuesFrom":    anyOf(map[string]any{"kind": "Secret", "name": "no", "optional": true}),
		"postRenderers": anyOf(map[string]any{"kustomize": map[string]any{"patchesJson6902": anyOf(map[string]any{"target": map[string]any{"kind": "ConfigMap", "name": "c"}, "patch": anyOf(map[string]any{"op": "add", "path": "/data/x", "value": "y"})})}}),
	}
	result, err := call(t, helmReleaseRender, shop(configTemplate("v"), nil), releaseInput(spec, nil))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "warnings", len(result.Warnings), 4)
}

// Two renders of one request must not see each other's changes to the chart.
func TestHelmReleaseIsTheSameTwice(t *testing.T) {
	content := vfs.FromFiles(shop(configTemplate("{{ randAlpha 5 }}{{ .Release.Revision }}"), nil))
	encoded, _ := json.Marshal(releaseInput(map[string]any{}, nil))
	var texts []string
	for range 2 {
		result, err := helmReleaseRender(&Request{FS: content, Input: encoded})
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(result)
		texts = append(texts, string(text))
	}
	same(t, "results", texts[0], texts[1])
}

func TestHelmReleaseShowsWhatALookupWouldDecide(t *testing.T) {
	for name, test := range map[string]struct {
		template string
		volatile []string
	}{
		"a value":   {`{{ if lookup "v1" "Secret" "a" "b" }}there{{ else }}not{{ end }}`, []string{"/data/k"}},
		"a list":    {`n{{ (lookup "v1" "Secret" "a" "").items | default list | len }}`, []string{"/data/k"}},
		"nothing":   {`{{ lookup "v1" "Secret" "a" "b" | empty | ternary "x" "x" }}`, nil},
		"its value": {`x{{ with lookup "v1" "Secret" "a" "b" }}{{ index .data "p" | b64dec }}{{ end }}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			result := callRelease(t, shop(configTemplate(test.template), nil), map[string]any{}, nil)
			same(t, "volatile", result.Objects[0].Volatile, test.volatile)
			same(t, "uses lookup", slices.Contains(result.Uses, "lookup"), true)
		})
	}
}

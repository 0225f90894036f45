package operations

import (
	"strings"
	"testing"
)

const (
	ksops     = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: secrets}\nfiles: [secret.enc.yaml]\n"
	addsLabel = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: label}\nlabels: {team: shop}\nfieldSpecs: [{path: metadata/labels, create: true}]\n"
)

func TestWithoutPluginsTheRestIsBuilt(t *testing.T) {
	indented := func(text string) string {
		return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
	}
	for name, test := range map[string]struct {
		files  files
		labels int
		left   string
	}{
		"a generator":           {files{"kustomization.yaml": "resources: [web.yaml]\ngenerators: [g.yaml]", "g.yaml": ksops}, 0, "kustomization.yaml: what the plugin ksops (viaduct.ai/v1)"},
		"a function":            {files{"kustomization.yaml": "resources: [web.yaml]\ntransformers: [f.yaml]", "f.yaml": execFunction}, 0, "the plugin Change (example.com/v1)"},
		"a validator":           {files{"kustomization.yaml": "resources: [web.yaml]\nvalidators: [f.yaml]", "f.yaml": execFunction}, 0, "the plugin Change"},
		"fields in other cases": {files{"kustomization.yaml": "resources: [web.yaml]\nGenerators: [g.yaml]", "g.yaml": ksops}, 0, "ksops"},
		"inline":                {files{"kustomization.yaml": "resources: [web.yaml]\ngenerators:\n- |\n" + indented(ksops)}, 0, "ksops"},
		"a level below":         {files{"kustomization.yaml": "resources: [web.yaml, b]", "b/kustomization.yaml": "generators: [g.yaml]", "b/g.yaml": ksops}, 0, "b/kustomization.yaml: "},
		"a folder":              {files{"kustomization.yaml": "resources: [web.yaml]\ngenerators: [g]", "g/kustomization.yaml": "resources: [ksops.yaml]", "g/ksops.yaml": ksops}, 0, "g/kustomization.yaml: "},
		"a folder below a folder": {files{"kustomization.yaml": "resources: [web.yaml]\ntransformers: [t]", "t/kustomization.yaml": "resources: [u, label.yaml]", "t/label.yaml": addsLabel,
			"t/u/kustomization.yaml": "resources: [f.yaml]", "t/u/f.yaml": execFunction}, 1, "t/u/kustomization.yaml: "},
		"builtin ones stay":      {files{"kustomization.yaml": "resources: [web.yaml]\ntransformers: [label.yaml, f.yaml]", "label.yaml": addsLabel, "f.yaml": execFunction}, 1, "Change"},
		"both kinds in one file": {files{"kustomization.yaml": "resources: [web.yaml]\ntransformers: [both.yaml]", "both.yaml": execFunction + "---\n" + addsLabel}, 1, "Change"},
		"a link to a file":       {files{"kustomization.yaml": "resources: [web.yaml]\ngenerators: [g.yaml]", "g.yaml": "link -> other/g.yaml", "other/g.yaml": ksops}, 0, "ksops"},
		"no plugin at all":       {files{"kustomization.yaml": "resources: [web.yaml]\ntransformers: [label.yaml]", "label.yaml": addsLabel}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.files["web.yaml"] = deployment
			whole, err := call(t, kustomizeBuild, test.files, map[string]any{"path": "/", "loadRestrictor": "none"})
			if test.left == "" {
				got := manifests(t, whole, err)
				same(t, "labels", strings.Count(got, `"team":"shop"`), test.labels)
			} else {
				same(t, "code of the whole build", codeOf(err), "unsupported")
			}
			result, err := call(t, kustomizeBuild, test.files, map[string]any{"path": "/", "loadRestrictor": "none", "withoutPlugins": true})
			got := manifests(t, result, err)
			same(t, "objects", len(result.Objects), 1)
			same(t, "labels", strings.Count(got, `"team":"shop"`), test.labels)
			if warnings := strings.Join(result.Warnings, "\n"); !strings.Contains(warnings, test.left) || (test.left == "") != (warnings == "") {
				t.Errorf("warnings: %q", warnings)
			}
		})
	}
}

func TestWithoutPluginsABrokenBuildStaysBroken(t *testing.T) {
	for name, test := range map[string]struct {
		files files
		code  string
	}{
		"a patch of what the plugin makes": {files{"kustomization.yaml": "generators: [g.yaml]\npatches: [{path: p.yaml}]", "g.yaml": ksops, "p.yaml": deployment}, "build"},
		"a chart":                          {files{"kustomization.yaml": "generators: [g.yaml]\nhelmCharts: [{name: x}]", "g.yaml": ksops}, "unsupported"},
		"a file that is not there":         {files{"kustomization.yaml": "generators: [g.yaml, h.yaml]", "g.yaml": ksops}, "build"},
		"a remote generator":               {files{"kustomization.yaml": "generators: ['https://example.com/g.yaml']"}, "remote"},
		"a link out of the repository":     {files{"kustomization.yaml": "generators: [g.yaml]", "g.yaml": "link -> /etc/passwd"}, "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := call(t, kustomizeBuild, test.files, map[string]any{"path": "/", "withoutPlugins": true})
			same(t, "code", codeOf(err), test.code)
		})
	}
}

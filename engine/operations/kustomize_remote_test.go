package operations

import (
	"encoding/json"
	"strings"
	"testing"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

func TestParseRemote(t *testing.T) {
	for _, test := range []struct {
		entry string
		use   entryUse
		want  string
	}{
		{"../base", toEither, ""},
		{"web.yaml", toEither, ""},
		{"/etc/passwd", toEither, ""},
		{"user@b/c/d", toEither, "git user@b/c/d"},
		{"https://example.com/web.yaml", toEither, "http https://example.com/web.yaml at web.yaml"},
		{"https://example.com/web.yaml", toFolder, ""},
		{"https://example.com/install", toEither, "http https://example.com/install at install"},
		{"https://raw.githubusercontent.com/o/r/main/x.yaml?token=1", toFile, "http https://raw.githubusercontent.com/o/r/main/x.yaml?token=1 at x.yaml"},
		{"https://github.com/o/r", toEither, "git https://github.com/o/r"},
		{"HTTPS://github.com/o/r/config/crd?ref=v1.2", toEither, "git https://github.com/o/r @v1.2 at config/crd"},
		{"https://github.com/o/r//a/b?version=v1", toEither, "git https://github.com/o/r @v1 at a/b"},
		{"https://github.com/o/r//a/b?ref=v2&version=v1&timeout=9", toFolder, "git https://github.com/o/r @v2 at a/b"},
		{"https://example.com/x.git/a/b.yaml", toEither, "git https://example.com/x.git at a/b.yaml"},
		{"https://dev.azure.com/org/project/_git/repo/path/root?ref=main", toEither, "git https://dev.azure.com/org/project/_git/repo @main at path/root"},
		{"github.com/evil/x?ref=main", toEither, "git https://github.com/evil/x @main"},
		{"github.com:evil/x", toEither, "git https://github.com/evil/x"},
		{"git@github.com:o/r.git//dir?ref=v1", toEither, "git git@github.com:o/r.git @v1 at dir"},
		{"ssh://git@github.com/o/r", toEither, "git git@github.com:o/r"},
		{"git@gitlab.example.com:group/repo", toFolder, "git git@gitlab.example.com:group/repo"},
		{"git::https://example.com/o/r", toEither, "git https://example.com/o/r"},
		{"git::ssh://git@127.0.0.1/o/r", toEither, "git ssh://git@127.0.0.1/o/r"},
		{"ssh://git@127.0.0.1/x", toEither, ""},
		{"file:///srv/repo", toEither, "git file:///srv/repo"},
		{"https://github.com/o/r//../../x", toFolder, ""},
		{"oci://ghcr.io/o/r", toEither, ""},
		{"s3::https://bucket/x", toEither, ""},
		{"gh:o/r", toEither, ""},
		{"example.com/o/r", toEither, ""},
	} {
		remote, isRemote := parseRemote(test.entry, test.use)
		got := ""
		if isRemote {
			got = remote.Kind + " " + remote.URL
		}
		if remote.Ref != "" {
			got += " @" + remote.Ref
		}
		if remote.Path != "" {
			got += " at " + remote.Path
		}
		same(t, test.entry, got, test.want)
	}
}

// buildWithRemotes answers each wanted URL with the files of its name, as the host does.
func buildWithRemotes(t *testing.T, content files, elsewhere map[string]files, input map[string]any) (*Result, *protocol.Error, []protocol.Remote) {
	t.Helper()
	mounts := mountOf(t, content)
	var asked []protocol.Remote
	encoded, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	request := &Request{FS: mounts, Input: encoded, Remotes: func(wanted []protocol.Remote) error {
		asked = append(asked, wanted...)
		for _, remote := range wanted {
			brought, known := elsewhere[remote.URL]
			if !known {
				return &protocol.Error{Code: protocol.RemoteCode, Message: remote.URL + " is needed: not allowed"}
			}
			mounts.Mount(vfs.Mounted{At: remote.At, Tree: vfs.LiteralTree(mounts, remote.URL, brought)})
		}
		return nil
	}}
	result, failure := Run("kustomize.build", request)
	return result, failure, asked
}

func TestRemoteBasesAreMounted(t *testing.T) {
	elsewhere := map[string]files{
		"https://github.com/o/r": {
			"config/default/kustomization.yaml": "resources: [../web]\nnamePrefix: r-\n",
			"config/web/kustomization.yaml":     "resources: [web.yaml]\n",
			"config/web/web.yaml":               deployment,
		},
		"https://example.com/settings.yaml": {"settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"},
		"https://example.com/motd.txt":      {"motd.txt": "hello"},
		"https://example.com/patch.yaml":    {"patch.yaml": "- {op: add, path: /spec/paused, value: true}\n"},
	}
	content := files{"apps/shop/kustomization.yaml": `resources:
  - github.com/o/r/config/default?ref=v1
  - https://example.com/settings.yaml
patches: [{path: https://example.com/patch.yaml, target: {kind: Deployment}}]
configMapGenerator: [{name: motd, files: [https://example.com/motd.txt], options: {disableNameSuffixHash: true}}]
`}
	result, failure, asked := buildWithRemotes(t, content, elsewhere, map[string]any{"path": "/apps/shop"})
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "names", strings.Join(names(t, result), " "), "motd settings r-web")
	same(t, "data", dataOf(t, result.Objects[0]), map[string]string{"motd.txt": "hello"})
	if !strings.Contains(string(result.Objects[2].Manifest), `"paused":true`) {
		t.Error("the patch from elsewhere is not applied")
	}
	same(t, "asked", len(asked), 4)
	same(t, "origin of what lies elsewhere", result.Objects[2].Origin, Origin{})
}

func TestRemoteBasesThatCannotBe(t *testing.T) {
	elsewhere := map[string]files{
		"https://github.com/o/climbs": {"kustomization.yaml": "resources: [../../../apps]\n"},
		"https://github.com/o/links":  {"kustomization.yaml": "resources: [x.yaml]\n", "x.yaml": "link -> ../../../apps/web.yaml"},
		"https://github.com/o/nests":  {"kustomization.yaml": "resources: ['https://github.com/o/denied']\n"},
		"https://github.com/o/breaks": {"kustomization.yaml": "resources: [missing.yaml]\n"},
	}
	for name, test := range map[string]struct{ entry, code, says string }{
		"the host says no":                   {"https://github.com/o/denied", "remote", "https://github.com/o/denied is needed: not allowed"},
		"it leads into this repository":      {"https://github.com/o/climbs", "denied", "leaves its repository"},
		"its link leads into this one":       {"https://github.com/o/links", "denied", "leaves the repository"},
		"it needs more that is denied":       {"https://github.com/o/nests", "remote", "https://github.com/o/denied"},
		"errors name what a person has read": {"https://github.com/o/breaks", "build", "https://github.com/o/breaks/missing.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			content := files{"kustomization.yaml": "resources: ['" + test.entry + "']\n", "apps/kustomization.yaml": "resources: [web.yaml]\n", "apps/web.yaml": deployment}
			_, failure, _ := buildWithRemotes(t, content, elsewhere, map[string]any{"path": "/"})
			if failure == nil || failure.Code != test.code || !strings.Contains(failure.Message, test.says) {
				t.Errorf("got %v", failure)
			}
		})
	}
}

func TestWhereARemoteBaseLiesIsNeverShown(t *testing.T) {
	content := files{"kustomization.yaml": "resources: ['https://github.com/o/r']\nbuildMetadata: [originAnnotations]\n"}
	elsewhere := map[string]files{"https://github.com/o/r": {"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": deployment}}
	_, failure, _ := buildWithRemotes(t, content, elsewhere, map[string]any{"path": "/"})
	if failure == nil || failure.Code != protocol.Unsupported {
		t.Errorf("got %v", failure)
	}
}

func TestRemoteComponentsOfAnApplication(t *testing.T) {
	content := files{"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": deployment}
	elsewhere := map[string]files{"https://github.com/o/c": {"kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n"}}
	edits := map[string]any{"components": []string{"https://github.com/o/c?ref=v1"}}
	result, failure, _ := buildWithRemotes(t, content, elsewhere, map[string]any{"path": "/", "edits": edits})
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "names", names(t, result), []string{"c-web"})
}

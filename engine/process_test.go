package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"presync.dev/engine/protocol"
)

// asEngine makes this test program the engine: the same code, the same sandbox.
const asEngine = "PRESYNC_TEST_AS_ENGINE"

// secret stands in a file beside the engine and in its environment; no answer may hold it.
const secret = "sesame-4711"

func TestMain(m *testing.M) {
	if os.Getenv(asEngine) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is an engine and the host's end of its streams.
type process struct {
	t       *testing.T
	command *exec.Cmd
	to      io.WriteCloser
	from    *bufio.Reader
	ready   protocol.Ready
	folder  string
	id      int
}

func startProcess(t *testing.T) *process {
	t.Helper()
	p := &process{t: t, folder: t.TempDir()}
	if err := os.WriteFile(filepath.Join(p.folder, "canary.yaml"), []byte("secret: "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(p.folder, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	p.command = exec.Command(os.Args[0])
	p.command.Dir = work
	p.command.Env = []string{asEngine + "=1", "PRESYNC_CANARY=" + secret, "HOME=/home/" + secret}
	p.to, _ = p.command.StdinPipe()
	out, _ := p.command.StdoutPipe()
	p.from = bufio.NewReaderSize(out, 1<<20)
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.to.Close()
		_ = p.command.Process.Kill()
		_ = p.command.Wait()
	})
	var first struct{ Ready protocol.Ready }
	if line, err := p.from.ReadBytes('\n'); err != nil || json.Unmarshal(line, &first) != nil {
		t.Fatalf("not ready: %v, %s", err, line)
	}
	p.ready = first.Ready
	return p
}

// request is one question with the files that it may read.
type request struct {
	operation string
	input     map[string]any
	files     map[string]string
	limits    protocol.Limits
}

// ask gives the answer as it was written; "" means that the process ended before it answered. A host has patience for
// maxPatience only: it ends the process, and that is no answer either.
const maxPatience = 5 * time.Second

func (p *process) ask(asked request) string {
	p.t.Helper()
	p.id++
	impatient := time.AfterFunc(maxPatience, func() { _ = p.command.Process.Kill() })
	defer impatient.Stop()
	tree := "tree " + strconv.Itoa(p.id)
	var entries [][3]string
	for name, content := range asked.files {
		mode := "100644"
		if strings.HasPrefix(content, linkTo) {
			mode = "120000"
		}
		entries = append(entries, [3]string{name, mode, tree + ":" + name})
	}
	p.send(map[string]any{"tree": tree, "entries": entries})
	p.send(map[string]any{"id": p.id, "op": asked.operation, "input": asked.input, "limits": asked.limits, "mounts": []protocol.Mount{{At: "/", Tree: tree}}})
	for {
		line, err := p.from.ReadBytes('\n')
		if err != nil {
			return ""
		}
		var message answered
		if err := json.Unmarshal(line, &message); err != nil {
			p.t.Fatalf("%v in %.200s", err, line)
		}
		if message.Need == nil {
			return string(line)
		}
		p.satisfy(*message.Need, asked.files, tree+":")
	}
}

const linkTo = "link -> "

func (p *process) satisfy(need protocol.Need, content map[string]string, prefix string) {
	blobs := map[string]string{}
	for _, oid := range need.Blobs {
		if text, known := content[strings.TrimPrefix(oid, prefix)]; known {
			blobs[oid] = base64.StdEncoding.EncodeToString([]byte(strings.TrimPrefix(text, linkTo)))
		}
	}
	var denied []protocol.Denial
	for _, remote := range need.Remotes {
		denied = append(denied, protocol.Denial{URL: remote.URL, Reason: "nothing is fetched here"})
	}
	p.send(map[string]any{"id": p.id, "blobs": blobs, "denied": denied})
}

// send does not mind an engine that has ended: reading says so.
func (p *process) send(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = p.to.Write(append(line, '\n'))
}

// answerOf is what a host makes of a line; an ended process is an error without a code.
func answerOf(t *testing.T, line string) answered {
	t.Helper()
	var message answered
	if line != "" {
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatal(err)
		}
	}
	return message
}

func kustomization(content map[string]string) request {
	return request{operation: "kustomize.build", input: map[string]any{"path": "/", "loadRestrictor": "none"}, files: content}
}

func chart(template string, more map[string]string) request {
	content := map[string]string{"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n", "templates/x.yaml": template}
	maps.Copy(content, more)
	return request{operation: "helm.template", input: map[string]any{"path": "/", "releaseName": "shop", "namespace": "shop"}, files: content}
}

func settings(value string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  value: " + value + "\n"
}

// Fails when sandbox.Enter is taken out of main.go.
func TestTheEngineSandboxesItself(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("there is no /proc here to ask")
	}
	p := startProcess(t)
	if p.ready.Sandbox != "seccomp" {
		t.Errorf("says %q", p.ready.Sandbox)
	}
	threads, _ := filepath.Glob("/proc/" + strconv.Itoa(p.command.Process.Pid) + "/task/*/status")
	if len(threads) == 0 {
		t.Fatal("no threads")
	}
	for _, thread := range threads {
		status, err := os.ReadFile(thread)
		if err == nil && (!strings.Contains(string(status), "\nSeccomp:\t2\n") || !strings.Contains(string(status), "\nNoNewPrivs:\t1\n")) {
			t.Errorf("%s is not filtered: %s", thread, status)
		}
	}
}

// What was opened before the filter stays open: it must be nothing but the streams and what the runtime needs.
func TestTheEngineHoldsNoFilesOpen(t *testing.T) {
	p := startProcess(t)
	open, _ := filepath.Glob("/proc/" + strconv.Itoa(p.command.Process.Pid) + "/fd/*")
	for _, descriptor := range open {
		target, err := os.Readlink(descriptor)
		harmless := strings.HasPrefix(target, "pipe:") || strings.HasPrefix(target, "anon_inode:") ||
			strings.HasPrefix(target, "/sys/fs/cgroup/") || strings.HasPrefix(target, "/proc/self/cgroup") || target == "/dev/null"
		if err == nil && !harmless {
			t.Errorf("%s is open", target)
		}
	}
}

func TestVersionsAreOfWhatIsLinked(t *testing.T) {
	versions := startProcess(t).ready.Versions
	if versions["engine"] == "" {
		t.Errorf("got %v", versions)
	}
}

// hostile tries to read the canary file or the environment, to reach the listener, or to run the marker script.
func hostile(p *process, listener string) map[string]request {
	canary := filepath.Join(p.folder, "canary.yaml")
	marker := "touch " + filepath.Join(p.folder, "marker")
	execFunction := "apiVersion: v1\nkind: X\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./marker.sh}\n"
	script := map[string]string{"marker.sh": "#!/bin/sh\n" + marker + "\n"}
	with := func(kustomization string, more map[string]string) map[string]string {
		content := map[string]string{"kustomization.yaml": kustomization, "web.yaml": settings("x")}
		maps.Copy(content, script)
		maps.Copy(content, more)
		return content
	}
	helmFiles := map[string]string{"app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n", "app/templates/x.yaml": settings("{{ .Values.secret }} {{ .Release.Name }}")}
	requests := map[string]request{
		"base above the repository":    kustomization(with("resources: [../canary.yaml]", nil)),
		"absolute path":                kustomization(with("resources: ["+canary+"]", nil)),
		"link to the canary":           kustomization(with("resources: [link.yaml]", map[string]string{"link.yaml": linkTo + canary})),
		"link above":                   kustomization(with("configMapGenerator: [{name: x, files: [link.yaml]}]", map[string]string{"link.yaml": linkTo + "../canary.yaml"})),
		"link to a folder above":       kustomization(with("resources: [up/canary.yaml]", map[string]string{"up": linkTo + ".."})),
		"generator from a file":        kustomization(with("configMapGenerator: [{name: x, files: [../canary.yaml, "+canary+", /proc/self/environ]}]", nil)),
		"generator from environment":   kustomization(with("configMapGenerator: [{name: x, envs: [x.env]}]", map[string]string{"x.env": "PRESYNC_CANARY\nHOME\n"})),
		"patch from a file":            kustomization(with("resources: [web.yaml]\npatches: [{path: "+canary+"}]", nil)),
		"schema from a file":           kustomization(with("resources: [web.yaml]\nopenapi: {path: "+canary+"}", nil)),
		"HTTP file":                    kustomization(with("resources: ['http://"+listener+"/x.yaml']", nil)),
		"HTTP patch":                   kustomization(with("resources: [web.yaml]\npatches: [{path: 'http://"+listener+"/x.yaml'}]", nil)),
		"HTTP generator":               kustomization(with("configMapGenerator: [{name: x, files: ['http://"+listener+"/x']}]", nil)),
		"HTTP in upper case":           kustomization(with("Resources: ['http://"+listener+"/x.yaml']", nil)),
		"HTTP schema":                  kustomization(with("resources: [web.yaml]\nopenapi: {path: 'http://"+listener+"/x.yaml'}", nil)),
		"HTTP transformer":             kustomization(with("resources: [web.yaml]\ntransformers: ['http://"+listener+"/x.yaml']", nil)),
		"Git base":                     kustomization(with("resources: ['git::http://"+listener+"/a/b?ref=main']", nil)),
		"Git over ssh":                 kustomization(with("resources: ['ssh://git@"+listener+"/a/b']", nil)),
		"local Git repository":         kustomization(with("resources: ['file://"+p.folder+"']", nil)),
		"Git with an option for a ref": kustomization(with("resources: ['http://"+listener+"/a/b?ref=--upload-pack=touch%20marker']", nil)),
		"function that is a program":   kustomization(with("resources: [web.yaml]\ntransformers: [f.yaml]", map[string]string{"f.yaml": execFunction})),
		"generator that is a program":  kustomization(with("generators: [f.yaml]", map[string]string{"f.yaml": execFunction})),
		"program named inline":         kustomization(with("generators:\n- |-\n  "+strings.ReplaceAll(execFunction, "\n", "\n  "), nil)),
		"chart inflation, issue 6241":  kustomization(with("helmCharts: [{name: x, releaseName: '--post-renderer=./marker.sh'}]", nil)),
		"chart inflation, upper case":  kustomization(with("HelmCharts: [{name: x, releaseName: '--post-renderer=./marker.sh'}]", nil)),
		"chart generator":              kustomization(with("generators: [g.yaml]", map[string]string{"g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: x\nreleaseName: --post-renderer=./marker.sh\n"})),
		"environment in a template":    chart(settings(`{{ env "PRESYNC_CANARY" }}`), nil),
		"environment, expanded":        chart(settings(`{{ expandenv "$PRESYNC_CANARY" }}`), nil),
		"file of the machine":          chart(settings(`{{ .Files.Get "/proc/self/environ" | quote }}`), nil),
		"file above the chart":         chart(settings(`{{ .Files.Get "../canary.yaml" | quote }}`), nil),
		"all files above":              chart(settings(`{{ (.Files.Glob "../**").AsConfig | quote }}`), nil),
		"linked file of a chart":       chart(settings(`{{ .Files.Get "link" | quote }}`), map[string]string{"link": linkTo + canary}),
		"linked template":              chart(settings("x"), map[string]string{"templates/y.yaml": linkTo + canary}),
		"linked values":                chart(settings("{{ .Values.secret }}"), map[string]string{"values.yaml": linkTo + canary}),
		"name looked up":               chart(settings(`{{ getHostByName "localhost" }}`), nil),
		"dependency on this machine":   chart(settings("x"), map[string]string{"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: y, version: 1.0.0, repository: 'file://" + p.folder + "'}]\n"}),
		"dependency over HTTP":         chart(settings("x"), map[string]string{"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: y, version: 1.0.0, repository: 'http://" + listener + "'}]\n"}),
		"remote schema of values":      chart(settings("x"), map[string]string{"values.schema.json": `{"$ref":"http://` + listener + `/x.json"}`}),
		"schema from a file of ours":   chart(settings("x"), map[string]string{"values.schema.json": `{"$ref":"file://` + canary + `"}`}),
		"Jsonnet import":               {operation: "directory.load", input: map[string]any{"path": "/"}, files: map[string]string{"x.jsonnet": "{kind: 'X', apiVersion: 'v1', metadata: {name: 'x'}, secret: importstr '" + canary + "'}"}},
		"Jsonnet import above":         {operation: "directory.load", input: map[string]any{"path": "/"}, files: map[string]string{"x.jsonnet": "{kind: 'X', apiVersion: 'v1', metadata: {name: 'x'}, secret: importstr '../canary.yaml'}"}},
		"Jsonnet over HTTP":            {operation: "directory.load", input: map[string]any{"path": "/"}, files: map[string]string{"x.jsonnet": "import 'http://" + listener + "/x.libsonnet'"}},
		"environment in a generator":   {operation: "gotemplate", input: map[string]any{"template": `{{ env "PRESYNC_CANARY" }}{{ expandenv "$HOME" }}`, "params": map[string]any{}}},
		"environment in a set":         applicationSet(map[string]any{"list": map[string]any{"elements": []any{map[string]any{"name": `{{ env "PRESYNC_CANARY" }}{{ expandenv "$HOME" }}{{ getHostByName "localhost" }}`}}}}, `{{ env "PRESYNC_CANARY" }}`),
		"pull requests of a host":      applicationSet(map[string]any{"pullRequest": map[string]any{"gitea": map[string]any{"api": "http://" + listener, "owner": "o", "repo": "r"}}}, "x"),
		"repositories of a host":       applicationSet(map[string]any{"scmProvider": map[string]any{"gitea": map[string]any{"api": "http://" + listener, "owner": "o"}}}, "x"),
		"a plugin at a host":           applicationSet(map[string]any{"plugin": map[string]any{"configMapRef": map[string]any{"name": "http://" + listener}}}, "x"),
		"decisions of a cluster":       applicationSet(map[string]any{"clusterDecisionResource": map[string]any{"configMapRef": listener, "name": "x"}}, "x"),
		"an OCI artifact of a host":    applicationSet(map[string]any{"oci": map[string]any{"repoURL": "oci://" + listener + "/x", "revision": "v1", "directories": []any{map[string]any{"path": "*"}}}}, "x"),
		"a set over Git":               applicationSet(map[string]any{"git": map[string]any{"repoURL": "http://" + listener + "/x", "revision": "HEAD", "directories": []any{map[string]any{"path": "*"}}}}, "x"),
		"a set over this machine":      applicationSet(map[string]any{"git": map[string]any{"repoURL": p.folder, "revision": "HEAD", "files": []any{map[string]any{"path": "*.yaml"}}}}, "x"),
		"Flux substitution":            {operation: "flux.build", input: map[string]any{"path": "/", "kustomization": flux(map[string]any{"postBuild": map[string]any{"substitute": map[string]any{"a": "b"}}})}, files: map[string]string{"x.yaml": settings("${PRESYNC_CANARY}")}},
		"values of an app above":       argoApp(map[string]any{"helm": map[string]any{"valueFiles": []string{"../../canary.yaml"}}}, helmFiles),
		"values of the machine":        argoApp(map[string]any{"helm": map[string]any{"valueFiles": []string{canary, "file://" + canary}}}, helmFiles),
		"linked values of an app":      argoApp(map[string]any{"helm": map[string]any{"valueFiles": []string{"link.yaml"}}}, helmFiles, map[string]string{"app/link.yaml": linkTo + canary}),
		"values of an app over HTTP":   argoApp(map[string]any{"helm": map[string]any{"valueFiles": []string{"http://" + listener + "/v.yaml"}}}, helmFiles),
		"a file as a value over HTTP":  argoApp(map[string]any{"helm": map[string]any{"fileParameters": []any{map[string]any{"name": "x", "path": "http://" + listener + "/v"}}}}, helmFiles),
		"environment of the machine":   argoApp(map[string]any{"helm": map[string]any{"parameters": []any{map[string]any{"name": "secret", "value": "$PRESYNC_CANARY$HOME"}}}}, helmFiles),
		"a release by the environment": argoApp(map[string]any{"helm": map[string]any{"releaseName": `{{ env "PRESYNC_CANARY" }}`}}, helmFiles),
		"a release by a host":          argoApp(map[string]any{"helm": map[string]any{"releaseName": `{{ getHostByName "localhost" }}`}}, helmFiles),
		"a linked override":            argoApp(nil, helmFiles, map[string]string{"app/.argocd-source.yaml": linkTo + canary}),
		"an app above":                 argoApp(map[string]any{"path": ".."}, helmFiles),
		"a plugin of an app":           argoApp(map[string]any{"plugin": map[string]any{"name": "cmp"}}, helmFiles, map[string]string{"app/marker.sh": script["marker.sh"]}),
		"a chart that is pulled":       argoApp(nil, with("helmCharts: [{name: x, repo: 'http://"+listener+"', version: 1.0.0}]", nil)),
		"a chart with a post renderer": argoApp(nil, with("helmCharts: [{name: x, repo: 'http://"+listener+"', releaseName: '--post-renderer=./marker.sh'}]", nil)),
		"a chart that is an option":    argoApp(nil, with("helmCharts: [{name: '--kubeconfig="+canary+"', repo: 'http://"+listener+"'}]", nil)),
		"a chart of a local registry":  argoApp(nil, with("helmCharts: [{name: x, repo: 'oci://"+listener+"/charts'}]", nil)),
		"a chart of the machine":       argoApp(nil, with("helmGlobals: {chartHome: "+p.folder+"}\nhelmCharts: [{name: work}]", nil)),
		"a configuration with plugins": argoApp(nil, with("helmGlobals: {configHome: .}\nhelmCharts: [{name: x, repo: 'evil://x'}]", map[string]string{".data/plugins/p/plugin.yaml": "name: p\ndownloaders: [{command: ./marker.sh, protocols: [evil]}]\n"})),
		"values of a chart above":      argoApp(nil, with("helmCharts: [{name: x, valuesFile: ../canary.yaml}]", map[string]string{"charts/x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "charts/x/templates/x.yaml": settings("{{ .Values.secret }}")})),
		"values of a chart over HTTP":  argoApp(nil, with("helmCharts: [{name: x, valuesFile: 'http://"+listener+"/v.yaml'}]", map[string]string{"charts/x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n"})),
		"a chart named by environment": argoApp(nil, with("helmCharts: [{name: x, nameTemplate: '{{ env \"PRESYNC_CANARY\" }}'}]", map[string]string{"charts/x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "charts/x/values.yaml": "a: b\n", "charts/x/templates/x.yaml": settings("{{ .Release.Name }}")})),
		"Flux variable of the machine": {operation: "flux.build", input: map[string]any{"path": "/", "kustomization": flux(map[string]any{"postBuild": map[string]any{"substituteFrom": []any{map[string]any{"kind": "Secret", "name": "PRESYNC_CANARY"}}}}), "strict": true, "substitutes": []any{map[string]any{"kind": "Secret", "name": "PRESYNC_CANARY", "unknown": []string{"HOME"}}}}, files: map[string]string{"x.yaml": settings("${HOME} ${PRESYNC_CANARY:-none}")}},
		"environment in a release":     release(map[string]any{}, map[string]string{"templates/x.yaml": settings(`{{ env "PRESYNC_CANARY" }}`)}),
		"values file above a release":  release(map[string]any{"chart": map[string]any{"spec": map[string]any{"valuesFiles": []string{"../canary.yaml", canary}}}}, nil),
		"linked values of a release":   release(map[string]any{"chart": map[string]any{"spec": map[string]any{"valuesFiles": []string{"link.yaml"}}}}, map[string]string{"link.yaml": linkTo + canary}),
		"post-renderer from a file":    release(postPatch("patchesStrategicMerge", canary), nil),
		"post-renderer over HTTP":      release(postPatch("patchesStrategicMerge", "http://"+listener+"/x.yaml"), nil),
		"patch that is an address":     release(postPatch("patches", map[string]any{"patch": "http://" + listener + "/x.yaml"}), nil),
		"patch that is a file":         release(postPatch("patches", map[string]any{"patch": canary}), nil),
		"remote schema of a release":   release(map[string]any{}, map[string]string{"values.schema.json": `{"$ref":"http://` + listener + `/x.json"}`}),
		"schema of a release, a file":  release(map[string]any{}, map[string]string{"values.schema.json": `{"$ref":"file://` + canary + `"}`}),
		"linked index of a repository": {operation: "helm.index", input: map[string]any{"chart": "x", "version": ""}, files: map[string]string{"index.yaml": linkTo + canary}},
		"Flux component above":         {operation: "flux.build", input: map[string]any{"path": "/", "kustomization": flux(map[string]any{"components": []string{"../../" + p.folder}})}, files: map[string]string{"x.yaml": settings("x")}},
	}
	return requests
}

// applicationSet is one with this generator, whose apps have this name.
func applicationSet(generator map[string]any, name string) request {
	set := map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": map[string]any{"name": "set"},
		"spec": map[string]any{
			"goTemplate": true, "generators": []any{generator},
			"template": map[string]any{"metadata": map[string]any{"name": name}, "spec": map[string]any{"destination": map[string]any{"name": "x"}}},
		},
	}
	return request{operation: "applicationset.generate", input: map[string]any{"applicationSet": set}}
}

// manyElements is a list generator; two of them in a matrix multiply.
func manyElements(count int) map[string]any {
	elements := make([]any, count)
	for at := range elements {
		elements[at] = map[string]any{"k" + strconv.Itoa(at): "v"}
	}
	return map[string]any{"list": map[string]any{"elements": elements}}
}

// argoApp is an Application of the folder app, or of the root where there is no such folder.
func argoApp(source map[string]any, content ...map[string]string) request {
	files := map[string]string{}
	for _, some := range content {
		maps.Copy(files, some)
	}
	whole := map[string]any{"repoURL": "https://github.com/acme/clusters", "path": "app"}
	if files["kustomization.yaml"] != "" {
		whole["path"] = "."
	}
	maps.Copy(whole, source)
	return request{operation: "argocd.source", files: files, input: map[string]any{
		"source": whole, "app": map[string]any{"name": "app", "namespace": "argocd"}, "controllerNamespace": "argocd",
		"kustomizeBuildOptions": "--enable-helm --load-restrictor LoadRestrictionsNone",
	}}
}

// release is a HelmRelease of a chart that shows its values, with a valuesFiles root at that of the repository.
func release(spec map[string]any, more map[string]string) request {
	made := chart(settings("{{ .Values | toJson | quote }}"), more)
	made.operation = "helmrelease.render"
	if made.files["values.yaml"] == "" {
		made.files["values.yaml"] = "x: y\n"
	}
	made.input = map[string]any{"path": "/", "valuesFilesRoot": "/", "release": map[string]any{
		"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
		"metadata": map[string]any{"name": "shop", "namespace": "shop"}, "spec": spec,
	}}
	return made
}

func postPatch(field string, patch any) map[string]any {
	return map[string]any{"postRenderers": []any{map[string]any{"kustomize": map[string]any{field: []any{patch}}}}}
}

func flux(spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": map[string]any{"name": "apps", "namespace": "flux-system"}, "spec": spec,
	}
}

// Attacks A3 to A8 through the whole program.
func TestNothingInARepositoryReachesAFileAHostOrAProgram(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	var connections atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = connection.Close()
		}
	}()
	p := startProcess(t)
	attacks := hostile(p, listener.Addr().String())
	for _, name := range slices.Sorted(maps.Keys(attacks)) {
		answer := p.ask(attacks[name])
		if answer == "" {
			t.Fatalf("%s: the engine ended", name)
		}
		if strings.Contains(answer, secret) {
			t.Errorf("%s: %s", name, answer)
		}
	}
	if _, err := os.Stat(filepath.Join(p.folder, "marker")); err == nil {
		t.Error("a program was run")
	}
	if count := connections.Load(); count != 0 {
		t.Errorf("%d connections", count)
	}
}

// The packages of Argo CD need nothing that the sandbox refuses.
func TestASetIsGeneratedInTheSandbox(t *testing.T) {
	p := startProcess(t)
	element := map[string]any{"list": map[string]any{"elements": []any{map[string]any{"app": "Web_1"}}}}
	clusters := map[string]any{"clusters": map[string]any{}}
	matrix := map[string]any{"matrix": map[string]any{"generators": []any{element, clusters}}}
	asked := applicationSet(matrix, `{{ normalize .app }}-{{ .name }}-{{ now | date "2006" }}`)
	if line := p.ask(asked); !strings.Contains(line, `"name":"web-1-in-cluster-2026"`) || !strings.Contains(line, `"uses":["now"]`) {
		t.Errorf("got %s", line)
	}
}

// endless is what would take all time, memory or disk of a renderer without bounds: attacks A9 and A10.
func endless() map[string]request {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for level := 'b'; level <= 'i'; level++ {
		previous := string(level - 1)
		bomb += string(level) + ": &" + string(level) + " [" + strings.Repeat("*"+previous+", ", 9) + "*" + previous + "]\n"
	}
	long := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nlong: &long " + strings.Repeat("x", 1<<20) + "\nmany: [" + strings.Repeat("*long, ", 4000) + "*long]\n"
	document := "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x%}\n"
	var documents strings.Builder
	for at := range 100_000 {
		documents.WriteString(strings.Replace(document, "%", strconv.Itoa(at), 1))
	}
	doubling := "- {op: add, path: /data/a, value: xxxxxxxxxxxxxxxx}\n- {op: add, path: /x, value: [a]}\n"
	for range 40 {
		doubling += "- {op: copy, from: /x, path: /x/0}\n"
	}
	folder := func(name, content string) request {
		return request{operation: "directory.load", input: map[string]any{"path": "/"}, files: map[string]string{name: content}}
	}
	return map[string]request{
		"a billion steps over a list":      chart("{{ range until 1000000000 }}x{{ end }}", nil),
		"a billion silent steps":           chart("{{ range until 1000000000 }}{{ end }}", nil),
		"a billion steps, nested":          chart("{{ range until 32000 }}{{ range until 32000 }}x{{ end }}{{ end }}", nil),
		"include that includes itself":     chart(`{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}`, nil),
		"template that calls itself":       chart(`{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`, nil),
		"tpl that renders itself":          chart(`{{ tpl .Values.x . }}`, map[string]string{"values.yaml": "x: '{{ tpl .Values.x . }}'\n"}),
		"a ConfigMap of a gigabyte":        chart(settings(`{{ repeat 1000000000 "x" }}`), nil),
		"100,000 documents of a chart":     chart("{{ range until 100000 }}---\n"+settings("x")+"{{ end }}", nil),
		"YAML bomb in values":              chart(settings("{{ .Values | toJson | quote }}"), map[string]string{"values.yaml": bomb}),
		"YAML bomb in a template":          chart(bomb, nil),
		"schema that refers to itself":     chart(settings("x"), map[string]string{"values.schema.json": `{"$ref":"#"}`}),
		"100,000 documents of Kustomize":   kustomization(map[string]string{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": documents.String()}),
		"YAML bomb in a resource":          kustomization(map[string]string{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "apiVersion: v1\nkind: X\nmetadata: {name: x}\n" + bomb}),
		"one long string, many aliases":    kustomization(map[string]string{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": long}),
		"YAML bomb in a kustomization":     kustomization(map[string]string{"kustomization.yaml": bomb}),
		"a release name without an end":    argoApp(map[string]any{"helm": map[string]any{"releaseName": `{{ range until 1000000000 }}x{{ end }}`}}, map[string]string{"app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n"}),
		"YAML bomb in an override":         argoApp(nil, map[string]string{"app/.argocd-source.yaml": bomb, "app/x.yaml": settings("x")}),
		"YAML bomb in values of a chart":   argoApp(nil, map[string]string{"kustomization.yaml": "helmCharts: [{name: x, valuesInline: {a: b}}]", "charts/x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "charts/x/values.yaml": bomb}),
		"a chart of a kustomization":       argoApp(nil, map[string]string{"kustomization.yaml": "helmCharts: [{name: x}]", "charts/x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "charts/x/values.yaml": "a: b\n", "charts/x/templates/x.yaml": "{{ range until 1000000000 }}x{{ end }}"}),
		"nested lists":                     kustomization(map[string]string{"kustomization.yaml": "resources: [x.yaml]", "x.yaml": strings.Repeat("[", 200_000)}),
		"patch that doubles":               kustomization(map[string]string{"kustomization.yaml": "resources: [x.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]", "x.yaml": settings("x"), "p.yaml": doubling}),
		"100,000 documents in a folder":    folder("x.yaml", documents.String()),
		"YAML bomb in a folder":            folder("x.yaml", "apiVersion: v1\nkind: X\nmetadata: {name: x}\n"+bomb),
		"one long string in a folder":      folder("x.yaml", long),
		"Jsonnet without an end":           folder("x.jsonnet", "local f(x) = f(x + 1); f(0)"),
		"Jsonnet that grows":               folder("x.jsonnet", "local f(x) = if std.length(x) > 10000000000 then x else f(x + x); {a: f('xx')}"),
		"set that ranges without end":      applicationSet(map[string]any{"list": map[string]any{"elements": []any{map[string]any{"n": 1}}}}, "{{ range 1000000000000 }}{{ end }}"),
		"set whose range is in a value":    applicationSet(map[string]any{"list": map[string]any{"elements": []any{map[string]any{"n": 100_000_000}}}}, "{{ range (int .n) }}{{ range (int $.n) }}{{ end }}{{ end }}"),
		"set whose template calls itself":  applicationSet(map[string]any{"list": map[string]any{"elements": []any{map[string]any{"n": 1}}}}, `{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}`),
		"set that multiplies":              applicationSet(map[string]any{"matrix": map[string]any{"generators": []any{manyElements(20_000), manyElements(20_000)}}}, "x"),
		"generator template without end":   {operation: "gotemplate", input: map[string]any{"template": "{{ range until 1000000000 }}x{{ end }}", "params": map[string]any{}}},
		"generator template that repeats":  {operation: "gotemplate", input: map[string]any{"template": `{{ repeat 1000000000 "x" }}{{ repeat 1000000000 "x" }}{{ repeat 1000000000 "x" }}{{ repeat 1000000000 "x" }}`, "params": map[string]any{}}},
		"release with documents":           release(map[string]any{}, map[string]string{"templates/y.yaml": "{{ range until 100000 }}---\n" + strings.Replace(settings("x"), "name: settings", "name: x{{ . }}", 1) + "{{ end }}"}),
		"post-renderer that doubles":       release(postPatch("patches", map[string]any{"patch": doubling, "target": map[string]any{"kind": "ConfigMap"}}), nil),
		"YAML bomb in a release":           release(map[string]any{}, map[string]string{"templates/y.yaml": "apiVersion: v1\nkind: X\nmetadata: {name: x}\n" + bomb}),
		"YAML bomb in values of a release": release(map[string]any{"valuesFrom": []any{map[string]any{"kind": "ConfigMap", "name": "x", "optional": true}}, "chart": map[string]any{"spec": map[string]any{"valuesFiles": []string{"bomb.yaml"}}}}, map[string]string{"bomb.yaml": bomb}),
		"YAML bomb in an index":            {operation: "helm.index", input: map[string]any{"chart": "x", "version": ""}, files: map[string]string{"index.yaml": bomb}},
		"substitution that grows":          {operation: "flux.build", input: map[string]any{"path": "/", "kustomization": flux(map[string]any{"postBuild": map[string]any{"substitute": map[string]any{"a": strings.Repeat("x", 200_000)}}})}, files: map[string]string{"x.yaml": settings("${a//x/${a}}")}},
	}
}

// A request without an end is an error, in the process or by the end of the process, and a fresh process serves the next one.
func TestWhatHasNoEndIsAnErrorAndTheNextRequestIsServed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	attacks := endless()
	for _, name := range slices.Sorted(maps.Keys(attacks)) {
		t.Run(name, func(t *testing.T) {
			p := startProcess(t)
			line := p.ask(attacks[name])
			answer := answerOf(t, line)
			if line != "" && (answer.Error == nil || answer.Error.Message == "") {
				t.Errorf("rendered: %.300s", line)
			}
			if line == "" {
				t.Log("the process ended")
				p = startProcess(t)
			} else {
				t.Logf("%s: %.200s", answer.Error.Code, answer.Error.Message)
			}
			if next := answerOf(t, p.ask(chart(settings("x"), nil))); next.OK == nil {
				t.Errorf("the next request: %+v", next.Error)
			}
		})
	}
}

// The collector, the scheduler and many threads at work need nothing that the filter refuses, and nothing adds up.
func TestOneProcessServesHundredsOfRequestsUnderMemoryPressure(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	p := startProcess(t)
	big := chart("{{ range until 400 }}---\n"+strings.Replace(settings(`{{ repeat 20000 "x" | quote }}`), "name: settings", "name: settings-{{ . }}", 1)+"{{ end }}", nil)
	many := map[string]string{"kustomization.yaml": "namePrefix: x-\nlabels: [{pairs: {a: b}, includeSelectors: true}]\nresources:\n"}
	for at := range 200 {
		name := "r" + strconv.Itoa(at) + ".yaml"
		many["kustomization.yaml"] += "- " + name + "\n"
		many[name] = strings.Replace(settings("x"), "name: settings", "name: settings-"+strconv.Itoa(at), 1)
	}
	first := map[string]string{}
	for round := range 50 {
		for name, asked := range map[string]request{"big": big, "many": kustomization(many), "small": chart(settings("x"), nil), "broken": chart("{{ fail `no` }}", nil)} {
			line := p.ask(asked)
			_, said, _ := strings.Cut(line, ",") // the id is another each time, and so are the names of the trees
			said, _, _ = strings.Cut(said, `,"reads":`)
			if line == "" || (round > 0 && said != first[name]) {
				t.Fatalf("round %d, %s: %.200s", round, name, line)
			}
			first[name] = said
		}
	}
	for name, broken := range map[string]bool{"big": false, "many": false, "small": false, "broken": true} {
		if strings.HasPrefix(first[name], `"error"`) != broken {
			t.Errorf("%s: %.200s", name, first[name])
		}
	}
}

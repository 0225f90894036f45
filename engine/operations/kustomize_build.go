package operations

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
)

var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

type kustomizeInput struct {
	Path string `json:"path"`
	// root (the default of `kustomize build`) or none (of Flux, and of Argo CD with LoadRestrictionsNone).
	LoadRestrictor string          `json:"loadRestrictor"`
	Edits          *kustomizeEdits `json:"edits"`
}

// kustomizeBuild does what `kustomize build` does: https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/kustomize/commands/build/build.go
func kustomizeBuild(request *Request) (*Result, error) {
	var input kustomizeInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	files := newBuildFS(request, input.Path)
	if err := input.Edits.apply(files); err != nil {
		return nil, files.explain(err)
	}
	restriction := types.LoadRestrictionsRootOnly
	if input.LoadRestrictor == "none" {
		restriction = types.LoadRestrictionsNone
	}
	built, warnings, err := runKustomize(files, restriction, schemas.fresh)
	if err != nil {
		return nil, files.explain(err)
	}
	objects, err := resourceObjects(built, request)
	return &Result{Objects: objects, Warnings: warnings}, err
}

func newBuildFS(request *Request, at string) *buildFS {
	files := &buildFS{FS: request.FS, dir: path.Clean("/" + at)}
	files.onKustomization = func(at string, content []byte) error { return checkKustomization(files, at, content, request) }
	return files
}

// checkKustomization stops a build before it asks for what the sandbox refuses, so that the sentence names the cause.
func checkKustomization(files *buildFS, at string, content []byte, request *Request) error {
	var fields map[string]any
	if yaml.Unmarshal(content, &fields) != nil {
		return nil // the build says better what is wrong with it
	}
	name := strings.TrimPrefix(at, "/")
	for _, field := range []string{"helmCharts", "helmChartInflationGenerator"} {
		if _, used := fields[field]; used {
			message := fmt.Sprintf("%s inflates a Helm chart (%s), which presync does not do yet", name, field)
			return &protocol.Error{Code: protocol.Unsupported, Message: message, Path: name}
		}
	}
	if _, used := fields["openapi"]; used {
		schemas.custom = true
	}
	remotes := remotesIn(fields, path.Dir(at), files.FS)
	if len(remotes) == 0 {
		return nil
	}
	if request.Remotes != nil {
		if err := request.Remotes(remotes); err != nil {
			return err
		}
	}
	message := fmt.Sprintf("%s refers to %s, which presync does not fetch yet", name, remotes[0].URL)
	return &protocol.Error{Code: protocol.RemoteCode, Message: message, Path: name}
}

// schemaState is the one global of Kustomize: a custom `openapi` stays in the process and changes later builds (measured both ways).
// It is reset only around builds that use one: a reset costs 40 ms.
type schemaState struct{ custom bool }

var schemas = &schemaState{}

func (s *schemaState) fresh() {
	if s.custom {
		openapi.ResetOpenAPI()
		s.custom = false
	}
}

// builtins is what Flux does before a build: a custom schema then adds to the built-in ones.
// https://github.com/fluxcd/pkg/blob/kustomize/v1.44.0/kustomize/kustomize_generator.go (resetOpenAPIWithBuiltins)
func (s *schemaState) builtins() {
	s.fresh()
	_ = openapi.Schema()
}

func runKustomize(files *buildFS, restriction types.LoadRestrictions, prepare func()) (resmap.ResMap, []string, error) {
	options := &krusty.Options{LoadRestrictions: restriction, PluginConfig: types.DisabledPluginConfig(), Reorder: krusty.ReorderOptionUnspecified}
	prepare()
	// A custom schema of this very build replaces the built-ins in a fresh process, so they must not be there yet.
	if restriction == types.LoadRestrictionsRootOnly && usesOpenAPI(files) {
		openapi.ResetOpenAPI()
		schemas.custom = true
	}
	built, err := krusty.MakeKustomizer(options).Run(files, files.dir)
	return built, nil, err
}

func usesOpenAPI(files *buildFS) bool {
	for _, name := range kustomizationNames {
		content, err := files.FS.ReadFile(path.Join(files.dir, name))
		if err == nil {
			return bytes.Contains(content, []byte("openapi:"))
		}
	}
	return false
}

// resourceObjects writes resources as JSON straight from the nodes; an order and an origin per object, within the limits.
func resourceObjects(built resmap.ResMap, request *Request) ([]Object, error) {
	origins := newOriginIndex(request)
	budget := newBudget(request.Limits)
	objects := make([]Object, 0, built.Size())
	for _, resource := range built.Resources() {
		manifest, err := resource.MarshalJSON()
		if err != nil {
			return nil, err
		}
		if err := budget.addDocument(len(manifest)); err != nil {
			return nil, err
		}
		origin := origins.of(resource.GetGvk().Kind, resource.GetName())
		objects = append(objects, Object{Manifest: json.RawMessage(manifest), Origin: origin})
	}
	return objects, nil
}

// Warm loads what the first build would have to wait for, while files can still be opened.
func Warm() {
	_ = openapi.Schema()
	_, _ = os.Getwd()
}

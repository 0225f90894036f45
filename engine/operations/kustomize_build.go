package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"

	"presync.dev/engine/protocol"
)

var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

type kustomizeInput struct {
	Path string `json:"path"`
	// root (the default of `kustomize build`) or none (of Flux, and of Argo CD with LoadRestrictionsNone).
	LoadRestrictor string `json:"loadRestrictor"`
	// fresh (the default, a process for each build) or flux: what a custom schema stands on, see schemaState.
	Schema string          `json:"schema"`
	Edits  *kustomizeEdits `json:"edits"`
	// Leaves out what Kustomize would start programs for, see pluginFilter.
	WithoutPlugins bool `json:"withoutPlugins"`
	// --enable-helm, with --helm-kube-version and --helm-api-versions for charts that say nothing themselves.
	EnableHelm  bool     `json:"enableHelm"`
	KubeVersion string   `json:"kubeVersion"`
	APIVersions []string `json:"apiVersions"`
	exactAPIs   bool     // see chartJob
}

// kustomizeBuild does what `kustomize build` does: https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/kustomize/commands/build/build.go
func kustomizeBuild(request *Request) (*Result, error) {
	var input kustomizeInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	return buildKustomization(request, input, krusty.ReorderOptionUnspecified)
}

func buildKustomization(request *Request, input kustomizeInput, order krusty.ReorderOption) (*Result, error) {
	options := &krusty.Options{PluginConfig: types.DisabledPluginConfig(), Reorder: order}
	var err error
	if options.LoadRestrictions, err = restrictionOf(input.LoadRestrictor); err != nil {
		return nil, err
	}
	base, err := schemaBaseOf(input.Schema)
	if err != nil {
		return nil, err
	}
	files := newBuildFS(request, input.Path)
	if input.WithoutPlugins {
		files.plugins = newPluginFilter(request)
	}
	if input.EnableHelm {
		files.rewriter.charts = newChartInflater(files, input, options.LoadRestrictions)
	}
	if err := input.Edits.apply(files); err != nil {
		return nil, files.explain(err)
	}
	build := func() ([]Object, error) {
		files.budget = newReadBudget(request.Limits)
		built, err := runKustomize(files, options, base)
		if err != nil {
			return nil, err
		}
		return resourceObjects(built, files, request)
	}
	objects, err := build()
	if err != nil {
		return nil, err
	}
	result := &Result{Objects: objects}
	if err := files.rewriter.charts.addVariants(result, build); err != nil {
		return nil, err
	}
	result.Warnings = append(files.warnings(), files.rewriter.charts.said()...)
	return result, nil
}

func restrictionOf(name string) (types.LoadRestrictions, error) {
	switch name {
	case "", "root":
		return types.LoadRestrictionsRootOnly, nil
	case "none":
		return types.LoadRestrictionsNone, nil
	}
	return types.LoadRestrictionsUnknown, unknownValue("loadRestrictor", name)
}

func schemaBaseOf(name string) (schemaBase, error) {
	switch name {
	case "", "fresh":
		return freshSchema, nil
	case "flux":
		return builtinSchema, nil
	}
	return freshSchema, unknownValue("schema", name)
}

func unknownValue(field, value string) error {
	return &protocol.Error{Code: protocol.Internal, Message: fmt.Sprintf("input: %s cannot be %q", field, value)}
}

// runKustomize builds with the schema that the product would have, and explains what went wrong.
func runKustomize(files *buildFS, options *krusty.Options, base schemaBase) (resmap.ResMap, error) {
	schemas.prepare(base)
	// What a custom schema finds in a process of its own depends on what was built before it there, so such a build starts again
	// without anything from earlier requests.
	files.rewriter.stopAtSchema = base == freshSchema
	built, err := files.build(options)
	if errors.Is(files.stopped, errSchemaSeen) {
		schemas.reset()
		files.rewriter.stopAtSchema, files.stopped = false, nil
		built, err = files.build(options)
	}
	schemas.custom = files.rewriter.customSchema
	if err != nil {
		return nil, files.explain(err)
	}
	// Kustomize takes a kustomization that it could not read for one that is not there, and builds another one beside it.
	if files.stopped != nil {
		return nil, files.stopped
	}
	// A refused link that Kustomize took for an absent file would leave something out.
	if refused := files.Failure(); refused != nil {
		return nil, refused
	}
	return built, nil
}

// build is one run. Kustomize panics on some inputs; they are the author's, so the answer is that of a broken build.
func (b *buildFS) build(options *krusty.Options) (built resmap.ResMap, err error) {
	b.building = true
	defer func() {
		b.building = false
		if panicked := recover(); panicked != nil {
			built, err = nil, fmt.Errorf("kustomize gave up on this input: %v", panicked)
		}
	}()
	return krusty.MakeKustomizer(options).Run(b, b.dir)
}

// resourceObjects writes resources as JSON straight from the nodes, each with its origin, within the limits.
func resourceObjects(built resmap.ResMap, files *buildFS, request *Request) ([]Object, error) {
	origins := newOriginIndex(files)
	budget := newBudget(request.Limits)
	objects := make([]Object, 0, built.Size())
	for _, resource := range built.Resources() {
		manifest, err := manifestOf(&resource.RNode)
		if err != nil {
			return nil, err
		}
		if err := budget.addDocument(len(manifest)); err != nil {
			return nil, err
		}
		if files.rewriter.shows(manifest) {
			message := "an object shows where content from elsewhere lies (originAnnotations), which presync cannot predict"
			return nil, &protocol.Error{Code: protocol.Unsupported, Message: message}
		}
		origin := origins.of(resource.GetGvk().Kind, resource.GetName(), resource.GetNamespace())
		written, err := withoutLists(manifest, origin)
		if err != nil {
			return nil, err
		}
		objects = append(objects, written...)
	}
	return objects, nil
}

// withoutLists writes out what is a List to whoever applies it (see manifestsIn) and not to Kustomize, which goes by the kind.
func withoutLists(manifest []byte, origin Origin) ([]Object, error) {
	unchanged := []Object{{Manifest: json.RawMessage(manifest), Origin: origin}}
	if !bytes.Contains(manifest, []byte(`"items":`)) {
		return unchanged, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(manifest, &fields); err != nil {
		return nil, err
	}
	if items := string(fields["items"]); items != "null" && !strings.HasPrefix(items, "[") {
		return unchanged, nil
	}
	return toObjects(manifest, origin)
}

// Warm loads what the first build would have to wait for, while files can still be opened.
func Warm() {
	schemas.prepare(builtinSchema)
	// JSON patches may copy what they have copied, and double it each time.
	jsonpatch.AccumulatedCopySizeLimit = defaultOutputBytes
	_, _ = os.Getwd()
}

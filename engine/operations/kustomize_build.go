package operations

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

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
}

// kustomizeBuild does what `kustomize build` does: https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/kustomize/commands/build/build.go
func kustomizeBuild(request *Request) (*Result, error) {
	var input kustomizeInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	options := &krusty.Options{PluginConfig: types.DisabledPluginConfig(), Reorder: krusty.ReorderOptionUnspecified}
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
	if err := input.Edits.apply(files); err != nil {
		return nil, files.explain(err)
	}
	built, err := runKustomize(files, options, base)
	if err != nil {
		return nil, err
	}
	objects, err := resourceObjects(built, files, request)
	return &Result{Objects: objects, Warnings: files.warnings()}, err
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
		objects = append(objects, Object{Manifest: json.RawMessage(manifest), Origin: origin})
	}
	return objects, nil
}

// Warm loads what the first build would have to wait for, while files can still be opened.
func Warm() {
	schemas.prepare(builtinSchema)
	// JSON patches may copy what they have copied, and double it each time.
	jsonpatch.AccumulatedCopySizeLimit = defaultOutputBytes
	_, _ = os.Getwd()
}

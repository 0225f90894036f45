package operations

import (
	"encoding/json"
	"fmt"
	"os"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

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
	schemas.prepare(base, hasCustomSchema(files))
	files.building = true
	defer func() {
		files.building = false
		schemas.custom = schemas.custom || files.rewriter.customSchema
	}()
	built, err := krusty.MakeKustomizer(options).Run(files, files.dir)
	if err != nil {
		return nil, files.explain(err)
	}
	// A refused link that Kustomize took for an absent file would leave something out.
	if refused := files.Failure(); refused != nil {
		return nil, refused
	}
	return built, nil
}

// hasCustomSchema looks at the root kustomization, the only one whose schema counts.
func hasCustomSchema(files *buildFS) bool {
	for _, name := range kustomizationNames {
		content, err := files.FS.ReadFile(path.Join(files.dir, name))
		if err != nil {
			continue
		}
		var fields map[string]any
		_ = yaml.Unmarshal(content, &fields) // the build says what is wrong with it
		return len(valuesOf(fields, "openapi")) > 0
	}
	return false
}

// resourceObjects writes resources as JSON straight from the nodes, each with its origin, within the limits.
func resourceObjects(built resmap.ResMap, files *buildFS, request *Request) ([]Object, error) {
	origins := newOriginIndex(files)
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
		origin := origins.of(resource.GetGvk().Kind, resource.GetName(), resource.GetNamespace())
		objects = append(objects, Object{Manifest: json.RawMessage(manifest), Origin: origin})
	}
	return objects, nil
}

// Warm loads what the first build would have to wait for, while files can still be opened.
func Warm() {
	schemas.prepare(builtinSchema, false)
	_, _ = os.Getwd()
}

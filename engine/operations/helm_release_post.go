package operations

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/fluxcd/pkg/apis/kustomize"
	"sigs.k8s.io/kustomize/api/builtins"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"presync.dev/engine/protocol"
)

// releasePostRenderer is what Helm hands the output of a chart to: each Kustomize of spec.postRenderers in order, then
// spec.commonMetadata. It runs without any of them too, because helm-controller always has one, for its labels of origin, and that
// refuses two objects of one name. https://github.com/fluxcd/helm-controller/tree/v1.7.1/internal/postrender
type releasePostRenderer struct {
	kustomizations []types.Kustomization
	common         fluxCommonMetadata
}

func newReleasePostRenderer(release *fluxRelease) *releasePostRenderer {
	renderer := &releasePostRenderer{common: release.Spec.CommonMetadata}
	for _, one := range release.Spec.PostRenderers {
		if one.Kustomize != nil {
			renderer.kustomizations = append(renderer.kustomizations, postKustomization(one))
		}
	}
	return renderer
}

const helmOutputFile = "helm-output.yaml"

func postKustomization(renderer fluxPostRenderer) types.Kustomization {
	made := types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Resources: []string{helmOutputFile},
	}
	for _, image := range renderer.Kustomize.Images {
		made.Images = append(made.Images, types.Image{Name: image.Name, NewName: image.NewName, NewTag: image.NewTag, Digest: image.Digest})
	}
	for _, patch := range renderer.Kustomize.Patches {
		made.Patches = append(made.Patches, types.Patch{Patch: patch.Patch, Target: postSelector(patch.Target)})
	}
	for _, patch := range renderer.Kustomize.PatchesStrategicMerge {
		made.PatchesStrategicMerge = append(made.PatchesStrategicMerge, types.PatchStrategicMerge(patch)) //nolint:staticcheck // what the field means
	}
	for _, patch := range renderer.Kustomize.PatchesJSON6902 {
		operations, _ := json.Marshal(patch.Patch)                                                                                       // from JSON, so it is some
		made.PatchesJson6902 = append(made.PatchesJson6902, types.Patch{Patch: string(operations), Target: postSelector(&patch.Target)}) //nolint:staticcheck // what the field means
	}
	return made
}

func postSelector(selector *kustomize.Selector) *types.Selector {
	if selector == nil {
		return nil
	}
	return &types.Selector{
		ResId: resid.ResId{
			Gvk:  resid.Gvk{Group: selector.Group, Version: selector.Version, Kind: selector.Kind},
			Name: selector.Name, Namespace: selector.Namespace,
		},
		AnnotationSelector: selector.AnnotationSelector,
		LabelSelector:      selector.LabelSelector,
	}
}

func (p *releasePostRenderer) Run(rendered *bytes.Buffer) (modified *bytes.Buffer, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			modified, err = nil, fmt.Errorf("kustomize gave up on the post-renderers: %v", panicked)
		}
	}()
	text := rendered.Bytes()
	if err := refusePostInput(text); err != nil {
		return nil, err
	}
	schemas.prepare(builtinSchema)
	for _, kustomization := range p.kustomizations {
		if text, err = runPostKustomization(kustomization, text); err != nil {
			return nil, err
		}
	}
	text, err = p.withCommonMetadata(text)
	return bytes.NewBuffer(text), err
}

// refusePostInput: Kustomize compares each object with all others, and writes aliases out.
func refusePostInput(text []byte) error {
	if bytes.Count(text, []byte("\n---")) >= maxBuildDocuments {
		return limitError(fmt.Sprintf("the chart renders to more than %d documents, too many for post-renderers", maxBuildDocuments))
	}
	return refuseAliasBomb("the chart's output", text)
}

func runPostKustomization(kustomization types.Kustomization, text []byte) ([]byte, error) {
	encoded, err := json.Marshal(kustomization)
	if err != nil {
		return nil, err
	}
	files := filesys.MakeFsInMemory()
	for name, content := range map[string][]byte{"kustomization.yaml": encoded, helmOutputFile: text} {
		if err := files.WriteFile(name, content); err != nil {
			return nil, err
		}
	}
	options := &krusty.Options{LoadRestrictions: types.LoadRestrictionsNone, PluginConfig: types.DisabledPluginConfig()}
	built, err := krusty.MakeKustomizer(options).Run(files, ".")
	if err != nil {
		return nil, &protocol.Error{Code: protocol.Build, Message: "spec.postRenderers: " + shorten(err.Error())}
	}
	return built.AsYaml()
}

func (p *releasePostRenderer) withCommonMetadata(text []byte) ([]byte, error) {
	resources, err := resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()).NewResMapFromBytes(text)
	if err != nil {
		return nil, err
	}
	if len(p.common.Labels) > 0 {
		labels := builtins.LabelTransformerPlugin{Labels: p.common.Labels, FieldSpecs: []types.FieldSpec{{Path: "metadata/labels", CreateIfNotPresent: true}}}
		if err := labels.Transform(resources); err != nil {
			return nil, err
		}
	}
	if len(p.common.Annotations) > 0 {
		annotations := builtins.AnnotationsTransformerPlugin{Annotations: p.common.Annotations, FieldSpecs: []types.FieldSpec{{Path: "metadata/annotations", CreateIfNotPresent: true}}}
		if err := annotations.Transform(resources); err != nil {
			return nil, err
		}
	}
	return resources.AsYaml()
}

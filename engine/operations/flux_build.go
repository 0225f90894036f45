package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"strings"
	"unsafe"

	fluxkustomize "github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
)

type fluxInput struct {
	Path string `json:"path"`
	// The whole Kustomization object.
	Kustomization map[string]any `json:"kustomization"`
	// ConfigMaps and Secrets that spec.postBuild.substituteFrom may name.
	Substitutes []substitute `json:"substitutes"`
	// spec.ignore of the GitRepository.
	Ignore string `json:"ignore"`
	// A variable without value and default is an error: the feature gate StrictPostBuildSubstitutions of kustomize-controller.
	Strict bool `json:"strict"`
}

type substitute struct {
	reference
	// Without data: it does not exist, and need not. What must exist is said by the Kustomization itself.
	Optional bool `json:"optional"`
}

// fluxBuild does what kustomize-controller does before it applies: generate, build, substitute, common metadata.
// https://github.com/fluxcd/kustomize-controller/blob/main/internal/controller/kustomization_controller.go (generate, build, apply)
// Nothing is decrypted: SOPS files go on as they are.
func fluxBuild(request *Request) (*Result, error) {
	var input fluxInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	files := newBuildFS(request, input.Path)
	files.source = newSourceFilter(request.FS, input.Ignore)
	if !files.IsDir(files.dir) {
		message := fmt.Sprintf("kustomization path not found: %s is no folder of this repository", input.Path)
		return nil, &protocol.Error{Code: protocol.Build, Message: message}
	}
	kustomization := unstructured.Unstructured{Object: input.Kustomization}
	if err := generateKustomization(files, kustomization); err != nil {
		return nil, files.explain(err)
	}
	built, err := runKustomize(files, fluxOptions(), builtinSchema)
	if err != nil {
		return nil, err
	}
	substitution := newFluxSubstitution(kustomization, input)
	result, err := substitution.render(built, func(resources resmap.ResMap) ([]Object, error) {
		objects, err := resourceObjects(resources, files, request)
		if err != nil {
			return nil, err
		}
		return objects, withCommonMetadata(objects, kustomization)
	})
	if err != nil {
		return nil, maskError(err)
	}
	result.Warnings = append(files.warnings(), substitution.warnings()...)
	return result, nil
}

// fluxOptions are those of fluxcd/pkg/kustomize.Build; the schema is reset by our own rule, which costs 40 ms less.
func fluxOptions() *krusty.Options {
	return &krusty.Options{LoadRestrictions: types.LoadRestrictionsNone, PluginConfig: types.DisabledPluginConfig()}
}

// generateKustomization writes the kustomization that Flux would write to its work folder.
func generateKustomization(files *buildFS, kustomization unstructured.Unstructured) error {
	if !files.hasKustomization(files.dir) {
		files.PrefetchBelow(files.dir, ".yaml", ".yml")
	}
	generator := fluxkustomize.NewGenerator("", kustomization)
	if err := useFileSystem(generator, files); err != nil {
		return err
	}
	manifest, at, action, err := generator.GenerateManifest(files.dir)
	if err != nil {
		return err
	}
	if files.dir == "/" && action == fluxkustomize.CreatedAction {
		if manifest, err = relativeResources(manifest); err != nil {
			return err
		}
	}
	return files.WriteFile(path.Join("/", at), manifest)
}

// relativeResources repairs what the generator makes of the folder "/", which it never meets on disk: it puts a dot in the place
// of the folder, so "/a.yaml" becomes ".a.yaml".
func relativeResources(manifest []byte) ([]byte, error) {
	var fields map[string]any
	if err := yaml.Unmarshal(manifest, &fields); err != nil {
		return nil, err
	}
	for _, one := range listEntries(fields, "resources", toEither) {
		one.replace("./" + strings.TrimPrefix(one.text, "."))
	}
	return yaml.Marshal(fields)
}

// useFileSystem sets the generator's private field: 1.44.0 has no setter, and its default reads the disk.
// A test fails when the field is gone.
func useFileSystem(generator *fluxkustomize.Generator, files filesys.FileSystem) error {
	field := reflect.ValueOf(generator).Elem().FieldByName("fs")
	if !field.IsValid() || field.Type() != reflect.TypeFor[filesys.FileSystem]() {
		return &protocol.Error{Code: protocol.Internal, Message: "the linked fluxcd/pkg/kustomize takes no file system"}
	}
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(reflect.ValueOf(files))
	return nil
}

// isEncrypted is the controller's own rule: https://github.com/fluxcd/kustomize-controller/blob/main/internal/decryptor/decryptor.go (IsEncryptedResource)
func isEncrypted(resource *resource.Resource) bool {
	field := resource.Field("sops")
	return !field.IsNilOrEmpty()
}

// withCommonMetadata is what the controller sets while it applies:
// https://fluxcd.io/flux/components/kustomize/kustomizations/#common-metadata
func withCommonMetadata(objects []Object, kustomization unstructured.Unstructured) error {
	common, given, _ := unstructured.NestedMap(kustomization.Object, "spec", "commonMetadata")
	if !given {
		return nil
	}
	for at := range objects {
		manifest := map[string]any{}
		if err := json.Unmarshal(objects[at].Manifest, &manifest); err != nil {
			return err
		}
		for _, field := range []string{"labels", "annotations"} {
			added, _ := common[field].(map[string]any)
			if len(added) == 0 {
				continue
			}
			values, _, _ := unstructured.NestedMap(manifest, "metadata", field)
			if values == nil {
				values = map[string]any{}
			}
			maps.Copy(values, added)
			if err := unstructured.SetNestedMap(manifest, values, "metadata", field); err != nil {
				return err
			}
		}
		encoded, err := json.Marshal(manifest)
		if err != nil {
			return err
		}
		objects[at].Manifest = encoded
	}
	return nil
}

package operations

import (
	"context"
	"fmt"
	"slices"

	fluxkustomize "github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/resmap"
)

// fluxSubstitution is spec.postBuild of a Kustomization with what the host found for it.
type fluxSubstitution struct {
	kustomization unstructured.Unstructured
	references    []reference
	strict        bool
}

func newFluxSubstitution(kustomization unstructured.Unstructured, input fluxInput) *fluxSubstitution {
	substitution := &fluxSubstitution{kustomization: kustomization, strict: input.Strict}
	for _, known := range input.Substitutes {
		if known.Data != nil || len(known.Unknown) > 0 || !known.Optional {
			substitution.references = append(substitution.references, known.reference)
		}
	}
	return substitution
}

// render substitutes and shows; again with other texts for values that cannot be read, so that what depends on them is known.
func (s *fluxSubstitution) render(built resmap.ResMap, show func(resmap.ResMap) ([]Object, error)) (*Result, error) {
	hasSecrets := slices.ContainsFunc(s.references, func(one reference) bool { return len(one.Unknown) > 0 })
	var again resmap.ResMap
	if hasSecrets {
		again = built.DeepCopy()
	}
	if err := s.substitute(built, 0); err != nil {
		return nil, err
	}
	objects, err := show(built)
	if err != nil || !hasSecrets {
		return &Result{Objects: objects}, err
	}
	result := &Result{Objects: objects}
	if err := s.substitute(again, 1); err != nil {
		return nil, inContext("the objects can be made only with some values of an encrypted Secret", err)
	}
	others, err := show(again)
	if err != nil {
		return nil, err
	}
	variants := markVolatile(result, len(objects), others)
	if len(variants) == 0 {
		return result, nil
	}
	maskSecrets(result.Objects, variants)
	result.Uses = []string{"secret"}
	result.Value = map[string]any{"variants": variants}
	return result, nil
}

func (s *fluxSubstitution) substitute(built resmap.ResMap, variant int) error {
	if _, given, _ := unstructured.NestedMap(s.kustomization.Object, "spec", "postBuild"); !given {
		return nil
	}
	client := &referenceClient{references: s.references, variant: variant}
	strict := fluxkustomize.SubstituteWithStrict(s.strict)
	for _, resource := range built.Resources() {
		if isEncrypted(resource) {
			continue // the controller substitutes what it has decrypted
		}
		if _, err := fluxkustomize.SubstituteVariables(context.Background(), client, s.kustomization, resource, strict); err != nil {
			return fmt.Errorf("post build failed for '%s': %w", resource.GetName(), err)
		}
	}
	return nil
}

// warnings name the optional references that were not found: their variables are empty here.
func (s *fluxSubstitution) warnings() []string {
	client := &referenceClient{references: s.references}
	named, _, _ := unstructured.NestedSlice(s.kustomization.Object, "spec", "postBuild", "substituteFrom")
	var found []string
	for _, one := range named {
		fields, _ := one.(map[string]any)
		kind, _ := fields["kind"].(string)
		name, _ := fields["name"].(string)
		if optional, _ := fields["optional"].(bool); optional && client.find(kind, name) == nil {
			found = append(found, fmt.Sprintf("%s %s is optional in spec.postBuild and was not found; its variables have no value", kind, name))
		}
	}
	return found
}

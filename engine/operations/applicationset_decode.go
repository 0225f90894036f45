package operations

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kubejson "sigs.k8s.io/json"
)

// decodeSet reads an ApplicationSet as the API server does: names of fields in their exact case, others dropped. What is
// dropped comes back as sentences.
func decodeSet(raw json.RawMessage, set *v1alpha1.ApplicationSet) ([]string, error) {
	dropped, err := kubejson.UnmarshalStrict(raw, set)
	if err != nil {
		return nil, buildError("", 0, fmt.Errorf("the ApplicationSet cannot be read: %w", err))
	}
	if set.Kind != "ApplicationSet" || !strings.HasPrefix(set.APIVersion, "argoproj.io/") {
		return nil, badInput(fmt.Errorf("%s of %s is no ApplicationSet of argoproj.io", set.Kind, set.APIVersion))
	}
	sentences := make([]string, 0, len(dropped))
	for _, field := range dropped {
		sentences = append(sentences, fmt.Sprintf("ApplicationSet %s: %v; Kubernetes drops it, so it has no effect", set.Name, field))
	}
	nested := nestedDecode{set: set.Name}
	for at, generator := range set.Spec.Generators {
		if generator.Matrix != nil {
			nested.list(generator.Matrix.Generators, fmt.Sprintf("spec.generators[%d].matrix", at))
		}
		if generator.Merge != nil {
			nested.list(generator.Merge.Generators, fmt.Sprintf("spec.generators[%d].merge", at))
		}
	}
	return append(sentences, nested.sentences...), nil
}

// nestedDecode looks a second time at what is raw JSON to the API server: matrix and merge inside matrix and merge. It
// only reports: Argo CD reads them loosely, and where they cannot be read it says so itself.
type nestedDecode struct {
	set       string
	sentences []string
}

func (d *nestedDecode) list(generators v1alpha1.ApplicationSetNestedGenerators, at string) {
	for index, generator := range generators {
		place := fmt.Sprintf("%s.generators[%d]", at, index)
		d.one(generator.Matrix, &v1alpha1.NestedMatrixGenerator{}, place+".matrix")
		d.one(generator.Merge, &v1alpha1.NestedMergeGenerator{}, place+".merge")
	}
}

func (d *nestedDecode) one(raw *apiextensionsv1.JSON, into any, at string) {
	if raw == nil {
		return
	}
	dropped, err := kubejson.UnmarshalStrict(raw.Raw, into)
	if err != nil {
		return
	}
	for _, field := range dropped {
		sentence := fmt.Sprintf("ApplicationSet %s, %s: %v; Argo CD passes over it unless only upper and lower case differ", d.set, at, field)
		d.sentences = append(d.sentences, sentence)
	}
}

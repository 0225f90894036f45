package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"

	"presync.dev/engine/protocol"
)

type applicationSetInput struct {
	ApplicationSet json.RawMessage `json:"applicationSet"`
	// Here is for the reader of a request alone: which repository is the host's own, the host says by what it mounts.
	Here                 setRepository     `json:"here"`
	Clusters             []declaredCluster `json:"clusters"`
	Samples              declaredSamples   `json:"samples"`
	NewGitFileGlobbing   bool              `json:"newGitFileGlobbing"`
	ApplicationNamespace string            `json:"applicationNamespace"`
	Projects             []json.RawMessage `json:"projects"`
}

type setRepository struct {
	URLs []string `json:"urls"`
}

// declaredCluster is a cluster Secret of Argo CD as far as a generator sees it.
type declaredCluster struct {
	Name        string            `json:"name"`
	Server      string            `json:"server"`
	Project     string            `json:"project"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// applicationSetGenerate makes the Applications of an ApplicationSet with the packages of Argo CD's own controller:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/controllers/applicationset_controller.go (Reconcile).
func applicationSetGenerate(request *Request) (*Result, error) {
	run, err := newSetRun(request)
	if err != nil {
		return nil, err
	}
	first, err := run.generate(0)
	if err != nil {
		return nil, err
	}
	result := &Result{Objects: first.objects}
	uses := first.uses
	if first.varied {
		second, err := run.generate(1)
		if err != nil {
			return nil, fmt.Errorf("the ApplicationSet generates only with some random values or at some times: %w", err)
		}
		maps.Copy(uses, second.uses)
		if variants := markVolatile(result, len(first.objects), second.objects); len(variants) > 0 {
			result.Value = map[string]any{"variants": variants}
			uses["random"] = uses["random"] || !uses["now"]
		}
	}
	maps.DeleteFunc(uses, func(_ string, used bool) bool { return !used })
	result.Uses = slices.Sorted(maps.Keys(uses))
	result.Problems = append(run.unknownGenerators(), first.problems...)
	result.Warnings = run.said()
	if len(first.objects) == 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("ApplicationSet %s generates no apps", run.set.Name))
	}
	return result, nil
}

type setRun struct {
	request  *Request
	input    applicationSetInput
	set      v1alpha1.ApplicationSet
	budget   *budget
	client   *setClient
	warnings map[string]bool
}

func newSetRun(request *Request) (*setRun, error) {
	run := &setRun{request: request, budget: newBudget(request.Limits), warnings: map[string]bool{}}
	if err := decodeInput(request, &run.input); err != nil {
		return nil, err
	}
	if run.input.ApplicationNamespace == "" {
		run.input.ApplicationNamespace = "argocd"
	}
	unknown, err := decodeSet(run.input.ApplicationSet, &run.set)
	if err != nil {
		return nil, err
	}
	run.warn(unknown...)
	if run.set.Namespace == "" {
		run.set.Namespace = run.input.ApplicationNamespace
	}
	if run.client, err = newSetClient(run); err != nil {
		return nil, err
	}
	return run, run.refuseEndless()
}

func (r *setRun) warn(sentences ...string) {
	for _, sentence := range sentences {
		r.warnings[sentence] = true
	}
}

func (r *setRun) said() []string { return slices.Sorted(maps.Keys(r.warnings)) }

// refuseEndless looks for counts that nobody means, in what can be read before anything is rendered.
func (r *setRun) refuseEndless() error {
	if !r.set.Spec.GoTemplate {
		return nil
	}
	var whole any
	if err := json.Unmarshal(r.input.ApplicationSet, &whole); err != nil {
		return badInput(err)
	}
	inspector := &valueRender{uses: map[string]bool{}}
	return inspectTexts(whole, inspector.inspect)
}

func inspectTexts(value any, inspect func(string) error) error {
	switch value := value.(type) {
	case string:
		if strings.Contains(value, "{{") {
			return inspect(value)
		}
	case []any:
		for _, item := range value {
			if err := inspectTexts(item, inspect); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if err := inspectTexts(key, inspect); err != nil {
				return err
			}
			if err := inspectTexts(value[key], inspect); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknownGenerators are passed over by Argo CD without an error, and the apps that they made before are deleted.
func (r *setRun) unknownGenerators() []protocol.Problem {
	var problems []protocol.Problem
	for at, generator := range r.set.Spec.Generators {
		if kindOf(&generator) != "" {
			continue
		}
		message := fmt.Sprintf("spec.generators[%d] is of no kind that Argo CD %s knows%s: it generates nothing, and Argo CD deletes the apps that it generated before",
			at, argoVersion, keysOf(r.input.ApplicationSet, at))
		problems = append(problems, protocol.Problem{Code: "ignored", Message: message})
	}
	return problems
}

// argoVersion is that of go.mod; a test holds the two together.
const argoVersion = "3.6.1"

// keysOf names what stands in a generator, as the person who wrote it will look for that.
func keysOf(set json.RawMessage, at int) string {
	var written struct {
		Spec struct {
			Generators []map[string]json.RawMessage `json:"generators"`
		} `json:"spec"`
	}
	if json.Unmarshal(set, &written) != nil || at >= len(written.Spec.Generators) || len(written.Spec.Generators[at]) == 0 {
		return ""
	}
	return " (" + strings.Join(slices.Sorted(maps.Keys(written.Spec.Generators[at])), ", ") + ")"
}

package operations

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
)

// evaluation is where one form of a policy stands with one object.
type evaluation struct {
	policy *kyvernoPolicy
	form   *kyvernoForm
	// Why the object may be left out after all.
	maybeOut []string
	verdict  string
	message  string
	images   []string
	verified map[string]certainty
}

const (
	passes    = "pass"
	fails     = "fail"
	isUnknown = "unknown"
)

// judge evaluates every policy on one object, as one admission request is: what one policy has verified another may require.
func (r *kyvernoRun) judge(policies []*kyvernoPolicy, a *admissionRequest) []kyvernoAnswer {
	r.written = map[string]string{}
	if reason := r.pinTags(policies, a); reason != "" {
		return r.allUnknown(policies, a, reason)
	}
	var all []*evaluation
	for _, policy := range policies {
		for _, form := range policy.forms {
			if e := r.start(policy, form, a); e != nil {
				r.evaluate(e, a)
				all = append(all, e)
			}
		}
	}
	r.require(all)
	answers := make([]kyvernoAnswer, 0, len(all))
	for _, e := range all {
		answers = append(answers, kyvernoAnswer{Policy: e.policy.index, Verdict: e.verdict, Message: e.message, Images: r.asWritten(e.images)})
	}
	return answers
}

func (r *kyvernoRun) asWritten(images []string) []string {
	texts := map[string]bool{}
	for _, image := range images {
		if written, isPinned := r.written[image]; isPinned {
			image = written
		}
		texts[image] = true
	}
	return slices.AppendSeq([]string{}, maps.Keys(texts))
}

func (r *kyvernoRun) allUnknown(policies []*kyvernoPolicy, a *admissionRequest, reason string) []kyvernoAnswer {
	var answers []kyvernoAnswer
	for _, policy := range policies {
		for _, form := range policy.forms {
			if e := r.start(policy, form, a); e != nil {
				answers = append(answers, kyvernoAnswer{Policy: policy.index, Verdict: isUnknown, Message: reason, Images: slices.AppendSeq([]string{}, maps.Keys(r.pinned))})
			}
		}
	}
	return answers
}

// start is nil where the policy does not speak of the object.
func (r *kyvernoRun) start(policy *kyvernoPolicy, form *kyvernoForm, a *admissionRequest) *evaluation {
	if policy.namespace != "" && (a.namespace == nil || (*a.namespace != "" && *a.namespace != policy.namespace)) {
		return nil
	}
	matched, open, err := a.matches(form.spec.MatchConstraints)
	if err == nil && matched == no {
		return nil
	}
	e := &evaluation{policy: policy, form: form, verified: map[string]certainty{}}
	if err != nil {
		e.verdict, e.message = fails, "failed to execute matching: "+err.Error()
		return e
	}
	if matched == maybe {
		e.maybeOut = append(e.maybeOut, open)
	}
	if policy.namespace != "" && *a.namespace == "" {
		e.maybeOut = append(e.maybeOut, "whether the object stands in the namespace of the policy is not known from Git")
	}
	r.form, r.compiled = form, r.compiledFor(form, a)
	r.verified, r.payloads = map[string]certainty{}, map[[2]string][]byte{}
	if r.compiled.broken != "" {
		e.verdict, e.message = isUnknown, r.compiled.broken
		return e
	}
	if !r.meets(e, r.compiled.conditions, r.matchData(a)) {
		return nil
	}
	return e
}

// meets asks the conditions: an error leaves the policy out where failurePolicy is Ignore, and is an error of the request else.
func (r *kyvernoRun) meets(e *evaluation, conditions []cel.Program, data map[string]any) bool {
	r.reasons = nil
	var faults []string
	isOpen := false
	for _, condition := range conditions {
		value, _, err := condition.Eval(data)
		switch {
		case err != nil:
			faults = append(faults, err.Error())
		case value == types.False:
			return false
		case types.IsUnknown(value):
			isOpen = true
		}
	}
	if len(faults) > 0 {
		if e.form.spec.FailurePolicy == "Ignore" {
			return false
		}
		e.verdict, e.message = fails, "failed to evaluate policy: "+strings.Join(faults, "; ")
	}
	if isOpen {
		e.maybeOut = append(e.maybeOut, r.because("a condition asks what the cluster knows"))
	}
	return true
}

// because joins the reasons, each once; some unknown values have none of their own.
func (r *kyvernoRun) because(otherwise string) string {
	if len(r.reasons) == 0 {
		return otherwise
	}
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(r.reasons))), "; ")
}

func (r *kyvernoRun) matchData(a *admissionRequest) map[string]any {
	var namespaceObject any
	if a.namespaceObject != nil {
		namespaceObject = a.namespaceObject
	} else if a.namespace != nil {
		namespaceObject = types.NewUnknown(0, nil)
	}
	return map[string]any{
		"object": a.object.Object, "oldObject": nil, "namespaceObject": namespaceObject, "request": a.request(),
		"json": jsonLibrary, "yaml": yamlLibrary, "resource": clusterResources, "http": httpLibrary,
		"globalContext": globalContext, "image": imageDataLibrary,
	}
}

// evaluate: https://github.com/kyverno/kyverno/blob/main/pkg/image/verification/evaluator/policy.go
func (r *kyvernoRun) evaluate(e *evaluation, a *admissionRequest) {
	if e.verdict == "" {
		r.form, r.compiled = e.form, r.compiledFor(e.form, a)
		r.exempt(e, a)
		r.reasons, r.verified, r.payloads = nil, e.verified, map[[2]string][]byte{}
		e.verdict, e.message = r.decide(e, r.matchData(a))
		if len(r.reasons) > 0 || e.form.spec.asksWho() {
			// A call that was made without knowing what comes before it proves nothing for others.
			for image := range e.verified {
				e.verified[image] = maybe
			}
		}
	}
	if e.verdict == fails && len(e.maybeOut) > 0 {
		e.verdict, e.message = isUnknown, strings.Join(e.maybeOut, "; ")
	}
	if !r.isPinnedFor(e.form) {
		e.verdict, e.message = isUnknown, "whether another policy puts digests behind the tags is not known"
	}
}

// exempt: whether exceptions count, and from which namespaces, is a setting of Kyverno that the repository need not hold.
func (r *kyvernoRun) exempt(e *evaluation, a *admissionRequest) {
	for _, conditions := range r.compiled.exceptions {
		exception := &evaluation{form: e.form}
		if r.meets(exception, conditions, r.matchData(a)) {
			e.maybeOut = append(e.maybeOut, "a PolicyException may leave the object out; whether it counts is a setting of the cluster")
		}
	}
}

package operations

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apiserver/pkg/cel/lazy"
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
	matched, err := a.matches(form.spec.MatchConstraints)
	if err == nil && matched == no {
		return nil
	}
	e := &evaluation{policy: policy, form: form, verified: map[string]certainty{}}
	if err != nil {
		e.verdict, e.message = fails, "failed to execute matching: "+err.Error()
		return e
	}
	if matched == maybe || (policy.namespace != "" && *a.namespace == "") {
		e.maybeOut = append(e.maybeOut, "whether it holds in the namespace of the object is not known from Git")
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
		if len(r.reasons) > 0 {
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

func (r *kyvernoRun) decide(e *evaluation, data map[string]any) (verdict, message string) {
	data["variables"] = lazyMap(variablesType, maps.Keys(r.compiled.variables), func(name string) ref.Val {
		value, _, err := r.compiled.variables[name].Eval(data)
		if value == nil {
			return types.WrapErr(err)
		}
		return value
	})
	images, isOpen, err := r.extract(data)
	if err != nil {
		return fails, "failed to evaluate policy: " + err.Error()
	}
	if isOpen {
		return isUnknown, r.because("its images depend on what the cluster knows")
	}
	for _, list := range slices.Sorted(maps.Keys(images)) {
		e.images = append(e.images, images[list]...)
	}
	if isOn(e.form.spec.ValidationConfigurations.VerifyDigest) {
		for _, image := range e.images {
			if name, err := parseImageName(image); err != nil || name.digest == "" {
				return fails, fmt.Sprintf("image %s does not have a digest", image)
			}
		}
	}
	for _, image := range e.images {
		_, isKnown := r.factsOf(image)
		isOpen = isOpen || !isKnown
	}
	data["images"] = images
	names := map[string]string{}
	for _, one := range e.form.spec.Attestations {
		names[one.Name] = one.Name
	}
	data["attestations"] = names
	attestors := map[string]compiledAttestor{}
	for _, one := range r.compiled.attestors {
		attestors[one.attestor.Name] = one
	}
	data["attestors"] = lazyMap(types.DynType, maps.Keys(attestors), func(name string) ref.Val { return attestors[name].evaluate(data) })
	if r.isAsking() {
		r.askForAll(data)
	}
	return r.validate(data, isOpen)
}

// askForAll: without answers not every expression comes to the call that needs one.
func (r *kyvernoRun) askForAll(data map[string]any) {
	for _, one := range r.compiled.attestors {
		if value, isAttestor := one.evaluate(data).(attestorValue); isAttestor && value.Cosign != nil {
			r.trustOf(value)
		}
	}
	for _, one := range r.form.spec.Attestations {
		if one.InToto != nil {
			r.predicates[predicateURI(one.InToto.Type)] = true
		}
	}
}

func lazyMap(of ref.Type, names func(func(string) bool), value func(string) ref.Val) *lazy.MapValue {
	built := lazy.NewMapValue(of)
	for name := range names {
		built.Append(name, func(*lazy.MapValue) ref.Val { return value(name) })
	}
	return built
}

// extract lists the images by the names of their extractors, without those that the policy does not speak of.
func (r *kyvernoRun) extract(data map[string]any) (images map[string][]string, isOpen bool, err error) {
	images = map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(r.compiled.extractors)) {
		value, _, err := r.compiled.extractors[name].Eval(data)
		if err != nil {
			return nil, false, err
		}
		list, isList := value.(traits.Lister)
		if types.IsUnknown(value) || !isList {
			return nil, true, nil
		}
		images[name] = []string{}
		for elements := list.Iterator(); elements.HasNext() == types.True; {
			element := elements.Next()
			text, isText := element.(types.String)
			if !isText {
				return nil, false, fmt.Errorf("an image in %s is no text", name)
			}
			matched := r.isMatched(string(text))
			if matched == types.True {
				images[name] = append(images[name], string(text))
			} else if matched != types.False {
				return nil, false, fmt.Errorf("matchImageReferences: %v", matched)
			}
		}
	}
	return images, isOpen, nil
}

// validate: the first validation that fails decides, and one that fails whatever is not known decides, too.
func (r *kyvernoRun) validate(data map[string]any, isOpen bool) (verdict, message string) {
	for at, validation := range r.compiled.validations {
		value, _, err := validation.program.Eval(data)
		switch {
		case err != nil:
			return fails, "failed to evaluate policy: " + firstLine(err.Error())
		case types.IsUnknown(value):
			isOpen = true
		case value != types.True:
			return fails, validation.says(data, at)
		}
	}
	for _, annotation := range r.compiled.auditAnnotations {
		value, _, err := annotation.Eval(data)
		if err != nil {
			return fails, "failed to evaluate auditAnnotation: " + firstLine(err.Error())
		}
		isOpen = isOpen || types.IsUnknown(value)
	}
	if isOpen {
		return isUnknown, r.because("it asks what the cluster knows")
	}
	return passes, ""
}

func (v compiledValidation) says(data map[string]any, at int) string {
	if v.message != nil {
		value, _, err := v.message.Eval(data)
		if text, isText := value.(types.String); err == nil && isText && text != "" {
			return string(text)
		}
	}
	if v.text == "" {
		return fmt.Sprintf("CEL expression validation failed at index %d", at)
	}
	return v.text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

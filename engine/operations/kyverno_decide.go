package operations

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apiserver/pkg/cel/lazy"
)

// decide evaluates what is asked of an object that is neither left out nor exempt:
// https://github.com/kyverno/kyverno/blob/main/pkg/image/verification/evaluator/policy.go
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

package operations

import (
	"encoding/json"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// kyvernoRun is one call of the operation: what was told, what was asked for, and where the evaluation stands.
type kyvernoRun struct {
	input      *kyvernoImagesInput
	images     map[string]bool
	predicates map[string]bool
	keys       map[string]kyvernoKey
	// Of the object: the text that stands in Git, by the text with the digest that Kyverno puts behind it.
	written map[string]string
	pinned  map[string]*pinned
	// Of the policy that is evaluated.
	form     *kyvernoForm
	compiled *compiledForm
	reasons  []string
	verified map[string]certainty
	payloads map[[2]string][]byte
	adapter  types.Adapter
}

func newKyvernoRun(input *kyvernoImagesInput) *kyvernoRun {
	return &kyvernoRun{
		input: input, images: map[string]bool{}, predicates: map[string]bool{}, keys: map[string]kyvernoKey{},
		adapter: types.DefaultTypeAdapter,
	}
}

// isAsking: the first call, in which nothing is known of any image.
func (r *kyvernoRun) isAsking() bool { return r.input.Evidence == nil }

// unknown stands for a value that the repository and the registries do not have.
func (r *kyvernoRun) unknown(reason string) ref.Val {
	r.reasons = append(r.reasons, reason)
	return types.NewUnknown(int64(len(r.reasons)), nil)
}

// factsOf is what the host says of an image; ok is false where it says nothing, and the reason is kept then.
func (r *kyvernoRun) factsOf(image string) (facts imageFacts, isKnown bool) {
	text := image
	if written, isPinned := r.written[image]; isPinned {
		text = written
	}
	r.images[text] = true
	facts, isKnown = r.input.Evidence[text]
	switch {
	case !isKnown:
		r.reasons = append(r.reasons, text+" was not looked up")
		return facts, false
	case facts.Unknown != "":
		r.reasons = append(r.reasons, facts.Unknown)
		return facts, false
	}
	return facts, true
}

// verifyFunctions: https://github.com/kyverno/kyverno/blob/main/pkg/cel/libs/imageverify/impl.go
func (r *kyvernoRun) verifyFunctions() []cel.EnvOption {
	list := cel.ListType(cel.DynType)
	return []cel.EnvOption{
		cel.Function("verifyImageSignatures", cel.Overload("verify_image_signature_string_stringarray",
			[]*cel.Type{cel.StringType, list}, cel.IntType, cel.BinaryBinding(func(image, attestors ref.Val) ref.Val {
				return r.verify(image, attestors, nil)
			}))),
		cel.Function("verifyAttestationSignatures", cel.Overload("verify_image_attestations_string_string_stringarray",
			[]*cel.Type{cel.StringType, cel.StringType, list}, cel.IntType, cel.FunctionBinding(func(args ...ref.Val) ref.Val {
				attestation, failure := r.attestation(args[1])
				if failure != nil && r.isMatched(string(args[0].(types.String))) != types.False {
					return failure
				}
				return r.verify(args[0], args[2], attestation)
			}))),
		cel.Function("extractPayload", cel.Overload("payload_string_string",
			[]*cel.Type{cel.StringType, cel.StringType}, cel.DynType, cel.BinaryBinding(r.extractPayload))),
		cel.Function("getImageData", cel.Overload("get_image_data_string",
			[]*cel.Type{cel.StringType}, cel.DynType, cel.UnaryBinding(func(image ref.Val) ref.Val {
				return r.unknown("it asks for the manifest or config of an image (getImageData), which presync does not hand on")
			}))),
	}
}

func (r *kyvernoRun) attestation(name ref.Val) (*kyvernoAttestation, ref.Val) {
	for at := range r.form.spec.Attestations {
		if one := &r.form.spec.Attestations[at]; one.Name == string(name.(types.String)) {
			return one, nil
		}
	}
	return nil, types.NewErr("attestation not found in policy: %v", name.Value())
}

// isMatched: no list of references means every image.
func (r *kyvernoRun) isMatched(image string) ref.Val {
	if len(r.compiled.references) == 0 {
		return types.True
	}
	for _, matches := range r.compiled.references {
		value, err := matches(image)
		if err != nil {
			return types.WrapErr(err)
		}
		if value != types.False {
			return value
		}
	}
	return types.False
}

// verify counts the attestors whose signature the image has; one that cannot be told makes the number unknown.
func (r *kyvernoRun) verify(image, attestors ref.Val, attestation *kyvernoAttestation) ref.Val {
	text := string(image.(types.String))
	if matched := r.isMatched(text); matched != types.True {
		if matched == types.False {
			return types.IntZero
		}
		return matched
	}
	facts, isKnown := r.factsOf(text)
	count, isCertain, asked := 0, isKnown, 0
	for elements := attestors.(traits.Lister).Iterator(); elements.HasNext() == types.True; {
		attestor, isAttestor := elements.Next().(attestorValue)
		if !isAttestor {
			return types.NewErr("an element of the list is no attestor")
		}
		asked++
		switch r.isVerified(attestor, facts, attestation, text) {
		case yes:
			count++
		case maybe:
			isCertain = false
		}
	}
	if asked > 0 {
		r.record(text, count, isCertain)
	}
	if !isCertain {
		return types.NewUnknown(int64(len(r.reasons)), nil)
	}
	return types.Int(count)
}

// record never takes a success back: https://github.com/kyverno/kyverno/blob/main/pkg/cel/libs/imageverify/results.go
func (r *kyvernoRun) record(image string, count int, isCertain bool) {
	now := no
	if count > 0 {
		now = yes
	} else if !isCertain {
		now = maybe
	}
	before, isKnown := r.verified[image]
	if !isKnown || now > before {
		r.verified[image] = now
	}
}

func (r *kyvernoRun) isVerified(attestor attestorValue, facts imageFacts, attestation *kyvernoAttestation, image string) certainty {
	doubt := func(reason string) certainty {
		r.reasons = append(r.reasons, "attestor "+attestor.Name+": "+reason)
		return maybe
	}
	if attestor.Cosign == nil {
		if facts.Bare {
			return no
		}
		return doubt("Notary signatures are not verified here")
	}
	if attestation != nil && attestation.InToto == nil {
		return no
	}
	trust := r.trustOf(attestor)
	if trust.isNever {
		return no
	}
	if trust.unknown != "" {
		if !trust.isElsewhere && len(facts.Believed) == 0 && !facts.Doubt {
			return no
		}
		return doubt(trust.unknown)
	}
	predicate := ""
	if attestation != nil {
		predicate = predicateURI(attestation.InToto.Type)
		r.predicates[predicate] = true
	}
	made := signaturesBy(trust, facts, attestation != nil, predicate)
	if len(made) == 0 {
		if trust.isStricter != "" && facts.Doubt {
			return doubt(trust.isStricter)
		}
		return no
	}
	if len(attestor.Cosign.Annotations) > 0 {
		return doubt("annotations of signatures are not compared here")
	}
	if attestation != nil {
		r.keepPayload(image, predicate, made)
	}
	return yes
}

// signaturesBy: where bundles lie beside an image nothing else counts, and any statement in one counts as a signature:
// https://github.com/kyverno/kyverno/blob/main/pkg/image/verifiers/ivpol/cosign/verifier.go
func signaturesBy(trust attestorTrust, facts imageFacts, isAttestation bool, predicate string) []believed {
	var found []believed
	for _, made := range facts.Believed {
		isFormat := made.Bundle == facts.Bundles
		if made.Bundle {
			isFormat = isFormat && made.PredicateType != ""
		} else {
			isFormat = isFormat && (made.PredicateType != "") == isAttestation
		}
		if isFormat && trust.made(made) && (!isAttestation || made.PredicateType == predicate) {
			found = append(found, made)
		}
	}
	return found
}

// keepPayload: of several statements the last one counts, and their order is the registry's; alike they are one.
func (r *kyvernoRun) keepPayload(image, predicate string, made []believed) {
	key := [2]string{image, predicate}
	kept := made[0].Statement
	for _, one := range made[1:] {
		if string(one.Statement) != string(kept) {
			kept = nil
		}
	}
	if before, isKnown := r.payloads[key]; isKnown && string(before) != string(kept) {
		kept = nil
	}
	r.payloads[key] = kept
}

// extractPayload gives a whole statement, once its signature was verified; under a short name of a type Kyverno finds none.
func (r *kyvernoRun) extractPayload(image, name ref.Val) ref.Val {
	attestation, failure := r.attestation(name)
	if failure != nil {
		return failure
	}
	if attestation.InToto == nil {
		return r.unknown("it reads an artifact beside the image (referrer), which presync does not hand on")
	}
	text := string(image.(types.String))
	if facts, isKnown := r.factsOf(text); !isKnown || facts.Unknown != "" {
		return types.NewUnknown(int64(len(r.reasons)), nil)
	}
	payload, isKept := r.payloads[[2]string{text, attestation.InToto.Type}]
	switch {
	case !isKept && len(r.reasons) > 0:
		return types.NewUnknown(int64(len(r.reasons)), nil)
	case !isKept:
		return types.NewErr("failed to get payload: intoto attestation payload cannot be fetch before verifying intoto attestation")
	case len(payload) == 0:
		return r.unknown("several statements of type " + attestation.InToto.Type + " lie beside " + text + ", or one too large to be read")
	}
	var value any
	if err := json.Unmarshal(payload, &value); err != nil {
		return types.WrapErr(err)
	}
	return r.adapter.NativeToValue(value)
}

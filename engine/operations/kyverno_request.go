package operations

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/common/types"
)

// request is the AdmissionRequest of a creation; who asks for it is not known:
// https://github.com/kubernetes/api/blob/master/admission/v1/types.go
func (a *admissionRequest) request() map[string]any {
	version := a.object.GroupVersionKind()
	kind := map[string]any{"group": version.Group, "version": version.Version, "kind": version.Kind}
	resource := map[string]any{"group": a.resource.Group, "version": a.resource.Version, "resource": a.resource.Resource}
	namespace := ""
	if a.namespace != nil {
		namespace = *a.namespace
	}
	return map[string]any{
		"uid": types.NewUnknown(0, nil), "userInfo": types.NewUnknown(0, nil), "options": types.NewUnknown(0, nil),
		"kind": kind, "requestKind": kind, "resource": resource, "requestResource": resource,
		"name": a.object.GetName(), "namespace": namespace, "operation": "CREATE", "dryRun": false,
		"object": a.object.Object, "oldObject": nil,
	}
}

// pinned is an image behind whose tag a digest is put, and the forms of policies that have it so.
type pinned struct {
	text      string
	by        map[*kyvernoForm]bool
	isCertain bool
}

// pinTags puts digests behind the tags of an object, as the mutating webhook does before anything is validated; the answer is why it
// cannot be done. https://github.com/kyverno/kyverno/blob/main/pkg/image/verification/evaluator/policy.go (MutateDigest)
func (r *kyvernoRun) pinTags(policies []*kyvernoPolicy, a *admissionRequest) string {
	r.pinned = map[string]*pinned{}
	for _, policy := range policies {
		for _, form := range policy.forms {
			if isOn(form.spec.ValidationConfigurations.MutateDigest) {
				r.pinTagsBy(policy, form, a)
			}
		}
	}
	r.reasons = nil
	for image, one := range r.pinned {
		digest := "sha256:" + strings.Repeat("0", 64)
		if facts, isKnown := r.factsOf(image); isKnown {
			digest = facts.Digest
		} else if !r.isAsking() {
			return r.because("")
		}
		one.text += "@" + digest
		r.written[one.text] = image
	}
	eachPinned(a.object.GetKind(), a.object.Object, func(container map[string]any, image string) {
		if one, isPinned := r.pinned[image]; isPinned {
			container["image"] = one.text
		}
	})
	return ""
}

func (r *kyvernoRun) pinTagsBy(policy *kyvernoPolicy, form *kyvernoForm, a *admissionRequest) {
	e := r.start(policy, form, a)
	if e == nil || e.verdict != "" {
		return
	}
	r.exempt(e, a)
	eachPinned(a.object.GetKind(), a.object.Object, func(_ map[string]any, image string) {
		text := kyvernoImageText(image)
		if strings.Contains(image, "@") || r.isMatched(text) != types.True {
			return
		}
		if r.pinned[image] == nil {
			r.pinned[image] = &pinned{text: text, by: map[*kyvernoForm]bool{}}
		}
		r.pinned[image].by[form] = true
		r.pinned[image].isCertain = r.pinned[image].isCertain || len(e.maybeOut) == 0
	})
}

// isPinnedFor: where a policy may have put the digest there, it has done so whenever it is asked itself; for others it is open.
func (r *kyvernoRun) isPinnedFor(form *kyvernoForm) bool {
	for _, one := range r.pinned {
		if !one.isCertain && !one.by[form] {
			return false
		}
	}
	return true
}

// require: what passes and was verified by no policy of the request is denied all the same, where a policy requires it.
func (r *kyvernoRun) require(all []*evaluation) {
	for _, e := range all {
		if e.verdict != passes || !isOn(e.form.spec.ValidationConfigurations.Required) {
			continue
		}
		for _, image := range e.images {
			if status, message := verifiedBy(all, e, image); status != yes {
				e.verdict, e.message = fails, message
				if status == maybe {
					e.verdict, e.message = isUnknown, "whether another policy verifies "+image+" is not known"
				}
				break
			}
		}
		if e.verdict == fails && len(e.maybeOut) > 0 {
			e.verdict, e.message = isUnknown, strings.Join(e.maybeOut, "; ")
		}
	}
}

// verifiedBy: what may be left out may have verified nothing, except for itself.
func verifiedBy(all []*evaluation, asking *evaluation, image string) (status certainty, message string) {
	message = fmt.Sprintf("image %s is not verified: no policy performed a signature or attestation check on it", image)
	for _, e := range all {
		found, isTried := e.verified[image]
		if isTried {
			message = fmt.Sprintf("image %s failed signature or attestation verification", image)
		}
		if found == yes && len(e.maybeOut) > 0 && e != asking {
			found = maybe
		}
		if e.verdict == isUnknown && found == no {
			found = maybe
		}
		status = max(status, found)
	}
	return status, message
}

package operations

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	admissionregistration "k8s.io/api/admissionregistration/v1"
)

// kyvernoControllers: which kinds Kyverno extends a policy about pods to, and where their pods stand:
// https://github.com/kyverno/kyverno/blob/main/pkg/cel/autogen/data.go
var kyvernoControllers = map[string]struct{ group, template string }{
	"daemonsets":   {"apps", "spec.template"},
	"deployments":  {"apps", "spec.template"},
	"replicasets":  {"apps", "spec.template"},
	"statefulsets": {"apps", "spec.template"},
	"jobs":         {"batch", "spec.template"},
	"cronjobs":     {"batch", "spec.jobTemplate.spec.template"},
}

// withAutogen lists the policy and its forms for controllers:
// https://github.com/kyverno/kyverno/blob/main/pkg/cel/policies/ivpol/autogen/autogen.go
func withAutogen(spec *kyvernoSpec) ([]*kyvernoSpec, error) {
	all := []*kyvernoSpec{spec}
	if !isAboutPodsAlone(spec.MatchConstraints) {
		return all, nil
	}
	controllers := slices.Sorted(maps.Keys(kyvernoControllers))
	if spec.Autogen != nil && spec.Autogen.PodControllers != nil && spec.Autogen.PodControllers.Controllers != nil {
		controllers = spec.Autogen.PodControllers.Controllers
	}
	byTemplate := map[string][]string{}
	for _, name := range controllers {
		if known, isKnown := kyvernoControllers[name]; isKnown {
			byTemplate[known.template] = append(byTemplate[known.template], name)
		}
	}
	for _, template := range slices.Sorted(maps.Keys(byTemplate)) {
		form, err := autogenForm(spec, template, byTemplate[template])
		if err != nil {
			return nil, err
		}
		all = append(all, form)
	}
	return all, nil
}

// isAboutPodsAlone: https://github.com/kyverno/kyverno/blob/main/pkg/cel/autogen/support.go
func isAboutPodsAlone(match *admissionregistration.MatchResources) bool {
	if match == nil || len(match.ExcludeResourceRules) != 0 || len(match.ResourceRules) != 1 {
		return false
	}
	if selector := match.ObjectSelector; selector != nil && len(selector.MatchLabels)+len(selector.MatchExpressions) > 0 {
		return false
	}
	rule := match.ResourceRules[0]
	return len(rule.ResourceNames) == 0 && slices.Equal(rule.APIGroups, []string{""}) &&
		slices.Equal(rule.APIVersions, []string{"v1"}) && slices.Equal(rule.Resources, []string{"pods"})
}

func autogenForm(spec *kyvernoSpec, template string, resources []string) (*kyvernoSpec, error) {
	form := *spec
	form.MatchConstraints = &admissionregistration.MatchResources{NamespaceSelector: spec.MatchConstraints.NamespaceSelector}
	operations := spec.MatchConstraints.ResourceRules[0].Operations
	for _, group := range []string{"apps", "batch"} {
		own := slices.DeleteFunc(slices.Clone(resources), func(name string) bool { return kyvernoControllers[name].group != group })
		if len(own) > 0 && len(operations) > 0 {
			form.MatchConstraints.ResourceRules = append(form.MatchConstraints.ResourceRules, admissionregistration.NamedRuleWithOperations{
				RuleWithOperations: admissionregistration.RuleWithOperations{
					Operations: operations,
					Rule:       admissionregistration.Rule{APIGroups: []string{group}, APIVersions: []string{"v1"}, Resources: own},
				},
			})
		}
	}
	written, err := json.Marshal(&form)
	if err != nil {
		return nil, err
	}
	written = movedBelow(written, "spec", template+".spec")
	written = movedBelow(written, "metadata", template+".metadata")
	moved := &kyvernoSpec{}
	return moved, json.Unmarshal(written, moved)
}

// movedBelow is a replacement of texts, as upstream has it; the namespace of the object itself stays:
// https://github.com/kyverno/kyverno/blob/main/pkg/cel/autogen/replacement.go
func movedBelow(written []byte, from, to string) []byte {
	for _, root := range []string{"object.", "oldObject."} {
		var moved bytes.Buffer
		rest := written
		for {
			before, after, found := bytes.Cut(rest, []byte(root+from))
			moved.Write(before)
			if !found {
				break
			}
			if isNamespaceField(after) {
				moved.WriteString(root + from)
			} else {
				moved.WriteString(root + to)
			}
			rest = after
		}
		written = moved.Bytes()
	}
	return written
}

func isNamespaceField(after []byte) bool {
	rest, found := bytes.CutPrefix(after, []byte(".namespace"))
	return found && (len(rest) == 0 || !isIdentifierByte(rest[0]))
}

func isIdentifierByte(b byte) bool {
	return b == '_' || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9')
}

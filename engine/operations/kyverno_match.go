package operations

import (
	"maps"
	"slices"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubejson "k8s.io/apimachinery/pkg/util/json"

	"presync.dev/engine/protocol"
)

// admissionRequest is what the API server would ask of an object that is created.
type admissionRequest struct {
	object    *unstructured.Unstructured
	resource  schema.GroupVersionResource
	namespace *string
	// nil where it is not known.
	namespaceObject map[string]any
}

func readAdmission(given kyvernoObject) (*admissionRequest, error) {
	admission := &admissionRequest{object: &unstructured.Unstructured{}, namespace: given.Namespace}
	if err := kubejson.Unmarshal(given.Object, &admission.object.Object); err != nil {
		return nil, &protocol.Error{Code: protocol.Parse, Message: "an object cannot be read: " + err.Error()}
	}
	if len(given.NamespaceObject) > 0 {
		if err := kubejson.Unmarshal(given.NamespaceObject, &admission.namespaceObject); err != nil {
			return nil, &protocol.Error{Code: protocol.Parse, Message: "a namespace cannot be read: " + err.Error()}
		}
	}
	if given.Namespace != nil && *given.Namespace != "" {
		admission.object.SetNamespace(*given.Namespace)
	}
	admission.resource, _ = meta.UnsafeGuessKindToResource(admission.object.GroupVersionKind())
	return admission, nil
}

// certainty of a question to which the repository may not have the answer.
type certainty int

const (
	no certainty = iota
	maybe
	yes
)

// matches asks in the order of https://github.com/kyverno/kyverno/blob/main/pkg/cel/matching/matcher.go
func (a *admissionRequest) matches(match *admissionregistration.MatchResources) (answer certainty, open string, err error) {
	if match == nil {
		return yes, "", nil
	}
	inNamespace, err := a.selects(match.NamespaceSelector)
	if err != nil || inNamespace == no {
		return no, "", err
	}
	if match.ObjectSelector != nil {
		selector, err := metav1.LabelSelectorAsSelector(match.ObjectSelector)
		if err != nil || !selector.Matches(labels.Set(a.object.GetLabels())) {
			return no, "", err
		}
	}
	if a.matchesAny(match.ExcludeResourceRules, admissionregistration.Create) {
		return no, "", nil
	}
	if len(match.ResourceRules) > 0 && !a.matchesAny(match.ResourceRules, admissionregistration.Create) {
		if a.matchesAny(match.ResourceRules, admissionregistration.Update) {
			return maybe, "it is asked where an object is changed, not where it is created", nil
		}
		return no, "", nil
	}
	return inNamespace, "whether it holds in the namespace of the object is not known from Git", nil
}

// selects: labels of a namespace that is not in the repository are not known, but for the one that the API server sets.
func (a *admissionRequest) selects(selector *metav1.LabelSelector) (certainty, error) {
	if selector == nil || a.namespace == nil {
		return yes, nil
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return no, err
	}
	requirements, _ := parsed.Requirements()
	answer := yes
	known := a.namespaceLabels()
	for _, requirement := range requirements {
		isKnown := a.namespaceObject != nil || (requirement.Key() == namespaceNameLabel && *a.namespace != "")
		if !isKnown {
			answer = maybe
		} else if !requirement.Matches(labels.Set(known)) {
			return no, nil
		}
	}
	return answer, nil
}

// https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name
const namespaceNameLabel = "kubernetes.io/metadata.name"

func (a *admissionRequest) namespaceLabels() map[string]string {
	known := map[string]string{}
	if a.namespaceObject != nil {
		maps.Copy(known, (&unstructured.Unstructured{Object: a.namespaceObject}).GetLabels())
	}
	known[namespaceNameLabel] = *a.namespace
	return known
}

func (a *admissionRequest) matchesAny(rules []admissionregistration.NamedRuleWithOperations, operation admissionregistration.OperationType) bool {
	return slices.ContainsFunc(rules, func(rule admissionregistration.NamedRuleWithOperations) bool {
		isNamed := len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, a.object.GetName())
		return isNamed && a.isInScope(rule.Scope) && isAbout(rule.Operations, operation) &&
			containsOrAll(rule.APIGroups, a.resource.Group) && containsOrAll(rule.APIVersions, a.resource.Version) &&
			(containsOrAll(rule.Resources, a.resource.Resource) || slices.Contains(rule.Resources, "*/*"))
	})
}

func (a *admissionRequest) isInScope(scope *admissionregistration.ScopeType) bool {
	if scope == nil || *scope == admissionregistration.AllScopes {
		return true
	}
	return (*scope == admissionregistration.NamespacedScope) == (a.namespace != nil)
}

func isAbout(operations []admissionregistration.OperationType, operation admissionregistration.OperationType) bool {
	return slices.Contains(operations, operation) || slices.Contains(operations, admissionregistration.OperationAll)
}

func containsOrAll(list []string, text string) bool {
	return slices.Contains(list, text) || slices.Contains(list, "*")
}

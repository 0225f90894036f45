package operations

import (
	"encoding/json"
	"slices"
	"strings"

	admissionregistration "k8s.io/api/admissionregistration/v1"

	"presync.dev/engine/protocol"
)

// kyvernoSpec is the part of an ImageValidatingPolicy that decides:
// https://github.com/kyverno/api/blob/main/api/policies.kyverno.io/v1beta1/imagevalidating_policy.go
type kyvernoSpec struct {
	MatchConstraints         *admissionregistration.MatchResources   `json:"matchConstraints,omitempty"`
	FailurePolicy            string                                  `json:"failurePolicy,omitempty"`
	ValidationActions        []string                                `json:"validationActions,omitempty"`
	MatchConditions          []admissionregistration.MatchCondition  `json:"matchConditions,omitempty"`
	Variables                []admissionregistration.Variable        `json:"variables,omitempty"`
	ValidationConfigurations kyvernoConfigurations                   `json:"validationConfigurations"`
	MatchImageReferences     []kyvernoImageReference                 `json:"matchImageReferences,omitempty"`
	Images                   []kyvernoNamed                          `json:"images,omitempty"`
	Attestors                []kyvernoAttestor                       `json:"attestors,omitempty"`
	Attestations             []kyvernoAttestation                    `json:"attestations,omitempty"`
	Validations              []admissionregistration.Validation      `json:"validations,omitempty"`
	AuditAnnotations         []admissionregistration.AuditAnnotation `json:"auditAnnotations,omitempty"`
	Evaluation               *kyvernoEvaluation                      `json:"evaluation,omitempty"`
	Autogen                  *kyvernoAutogen                         `json:"autogen,omitempty"`
}

type kyvernoConfigurations struct {
	MutateDigest *bool `json:"mutateDigest,omitempty"`
	VerifyDigest *bool `json:"verifyDigest,omitempty"`
	Required     *bool `json:"required,omitempty"`
}

type kyvernoImageReference struct {
	Glob       string `json:"glob,omitempty"`
	Expression string `json:"expression,omitempty"`
}

type kyvernoNamed struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

type kyvernoAttestation struct {
	Name   string `json:"name"`
	InToto *struct {
		Type string `json:"type"`
	} `json:"intoto,omitempty"`
	Referrer *struct {
		Type string `json:"type"`
	} `json:"referrer,omitempty"`
}

type kyvernoEvaluation struct {
	Mode      string `json:"mode,omitempty"`
	Admission *struct {
		Enabled *bool `json:"enabled,omitempty"`
	} `json:"admission,omitempty"`
}

type kyvernoAutogen struct {
	PodControllers *struct {
		Controllers []string `json:"controllers,omitempty"`
	} `json:"podControllers,omitempty"`
}

// kyvernoPolicy is a policy with its forms: as it is written, and as Kyverno makes it for the controllers of pods.
type kyvernoPolicy struct {
	index     int
	namespace string
	forms     []*kyvernoForm
}

type kyvernoForm struct {
	spec       *kyvernoSpec
	exceptions []kyvernoException
	// By kind: which images an object has depends on it.
	compiled map[string]*compiledForm
}

type kyvernoException struct {
	Spec struct {
		PolicyRefs []struct {
			Name string `json:"name"`
			Kind string `json:"kind"`
		} `json:"policyRefs"`
		MatchConditions []admissionregistration.MatchCondition `json:"matchConditions"`
	} `json:"spec"`
}

type kyvernoHead struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec json.RawMessage `json:"spec"`
}

func readKyvernoPolicies(input *kyvernoImagesInput) ([]*kyvernoPolicy, error) {
	var exceptions []kyvernoException
	for _, raw := range input.Exceptions {
		var exception kyvernoException
		if err := json.Unmarshal(raw, &exception); err != nil {
			return nil, &protocol.Error{Code: protocol.Parse, Message: "a PolicyException cannot be read: " + err.Error()}
		}
		exceptions = append(exceptions, exception)
	}
	var policies []*kyvernoPolicy
	for index, raw := range input.Policies {
		policy, err := readKyvernoPolicy(index, raw, exceptions)
		if err != nil {
			return nil, &protocol.Error{Code: protocol.Parse, Message: "a policy cannot be read: " + err.Error()}
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

func readKyvernoPolicy(index int, raw json.RawMessage, exceptions []kyvernoException) (*kyvernoPolicy, error) {
	var head kyvernoHead
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, err
	}
	spec := &kyvernoSpec{}
	if err := json.Unmarshal(head.Spec, spec); err != nil {
		return nil, err
	}
	policy := &kyvernoPolicy{index: index, namespace: head.Metadata.Namespace}
	if !spec.isAsked() {
		return policy, nil
	}
	specs, err := withAutogen(spec)
	if err != nil {
		return nil, err
	}
	own := slices.DeleteFunc(slices.Clone(exceptions), func(one kyvernoException) bool {
		for _, ref := range one.Spec.PolicyRefs {
			if ref.Name == head.Metadata.Name && ref.Kind == head.Kind {
				return false
			}
		}
		return true
	})
	for _, one := range specs {
		policy.forms = append(policy.forms, &kyvernoForm{spec: one, exceptions: own, compiled: map[string]*compiledForm{}})
	}
	return policy, nil
}

// isAsked: policies about JSON, and those that only look at what runs already, let everything in.
func (s *kyvernoSpec) isAsked() bool {
	if s.Evaluation == nil {
		return true
	}
	if s.Evaluation.Mode != "" && s.Evaluation.Mode != "Kubernetes" {
		return false
	}
	admission := s.Evaluation.Admission
	return admission == nil || admission.Enabled == nil || *admission.Enabled
}

// asksWho: do its validations look at the request or the namespace? Whatever of these is not known may have come to a call, or kept
// the cluster from it.
func (s *kyvernoSpec) asksWho() bool {
	texts := make([]string, 0, len(s.Validations)+len(s.Variables))
	for _, one := range s.Validations {
		texts = append(texts, one.Expression)
	}
	for _, one := range s.Variables {
		texts = append(texts, one.Expression)
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		return strings.Contains(text, "request") || strings.Contains(text, "namespaceObject")
	})
}

// isOn: an option that is left out is on.
func isOn(option *bool) bool {
	return option == nil || *option
}

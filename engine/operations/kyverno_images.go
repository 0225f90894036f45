package operations

import (
	"encoding/json"
	"maps"
	"slices"
)

// kyvernoImagesInput: first without `evidence`, to learn what is to be looked up, then with it.
type kyvernoImagesInput struct {
	// ImageValidatingPolicies and NamespacedImageValidatingPolicies.
	Policies []json.RawMessage `json:"policies"`
	// PolicyExceptions of the group policies.kyverno.io.
	Exceptions []json.RawMessage `json:"exceptions"`
	Objects    []kyvernoObject   `json:"objects"`
	// By the texts that the first call has named in `images`; null there.
	Evidence map[string]imageFacts `json:"evidence"`
	// By the ids that the first call has named in `keys`.
	Keys map[string]keyFacts `json:"keys"`
}

// kyvernoObject is an object as it would be created.
type kyvernoObject struct {
	Object json.RawMessage `json:"object"`
	// Left out: it stands in none. Empty: nobody says in which.
	Namespace *string `json:"namespace"`
	// Left out where it is not known.
	NamespaceObject json.RawMessage `json:"namespaceObject"`
}

// imageFacts is what the host has verified of one image; Unknown says why nothing is known.
type imageFacts struct {
	Unknown string `json:"unknown"`
	Digest  string `json:"digest"`
	// Do Sigstore bundles lie beside it?
	Bundles bool `json:"bundles"`
	// Something lies beside it that proves nothing to the host, and might to others.
	Doubt bool `json:"doubt"`
	// Nothing at all lies beside it, of whatever tool.
	Bare     bool       `json:"bare"`
	Believed []believed `json:"believed"`
}

// believed is a signature or attestation of the image itself, verified by the host.
type believed struct {
	Bundle        bool            `json:"bundle"`
	PredicateType string          `json:"predicateType"`
	Statement     json.RawMessage `json:"statement"`
	// Name of the key, else issuer and subject of a certificate.
	Key     string `json:"key"`
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
	Logged  bool   `json:"logged"`
}

// keyFacts: the name under which `believed` knows a key, or why its signatures cannot be told.
type keyFacts struct {
	Name    string `json:"name"`
	Unknown string `json:"unknown"`
}

type kyvernoKey struct {
	ID   string `json:"id"`
	PEM  string `json:"pem"`
	Hash string `json:"hash"`
	// No log need hold its signatures.
	NoLog bool `json:"noLog"`
}

// kyvernoAnswer: verdict is pass, fail (denied or reported with the message) or unknown.
type kyvernoAnswer struct {
	Policy  int      `json:"policy"`
	Object  int      `json:"object"`
	Verdict string   `json:"verdict"`
	Message string   `json:"message"`
	Images  []string `json:"images"`
}

type kyvernoImagesValue struct {
	Images     []string        `json:"images"`
	Keys       []kyvernoKey    `json:"keys"`
	Predicates []string        `json:"predicates"`
	Answers    []kyvernoAnswer `json:"answers"`
}

// kyvernoImages judges objects by policies of Kyverno as its admission webhook would. It verifies nothing: what was verified is told.
// https://github.com/kyverno/kyverno/blob/main/pkg/cel/policies/ivpol/engine/engine.go
func kyvernoImages(request *Request) (*Result, error) {
	var input kyvernoImagesInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	run := newKyvernoRun(&input)
	value := kyvernoImagesValue{Answers: []kyvernoAnswer{}}
	policies, err := readKyvernoPolicies(&input)
	if err != nil {
		return nil, err
	}
	for at, object := range input.Objects {
		admission, err := readAdmission(object)
		if err != nil {
			return nil, err
		}
		answers := run.judge(policies, admission)
		for index := range answers {
			answers[index].Object = at
		}
		value.Answers = append(value.Answers, answers...)
	}
	value.Images = slices.Sorted(maps.Keys(run.images))
	value.Predicates = slices.Sorted(maps.Keys(run.predicates))
	value.Keys = []kyvernoKey{}
	for _, id := range slices.Sorted(maps.Keys(run.keys)) {
		value.Keys = append(value.Keys, run.keys[id])
	}
	return &Result{Value: value}, nil
}

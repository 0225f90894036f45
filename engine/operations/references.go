package operations

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// reference is a ConfigMap or Secret that Flux objects name, as the host found it.
type reference struct {
	Kind string            `json:"kind"`
	Name string            `json:"name"`
	Data map[string]string `json:"data"`
	// Keys that it has and whose value cannot be read: those of a Secret that SOPS encrypted.
	Unknown []string `json:"unknown"`
}

// placeholders stand in for a value that cannot be read, one for each of two renders: what differs then depends on it. They are of
// different lengths, none is a part of the other, and both are fit for names.
var placeholders = [2]string{"presync-secret-a", "presync-secret-of-another-length-b"}

// shownSecret is what people see instead.
const shownSecret = "********"

var secretMask = newSecretMask()

// newSecretMask also finds the placeholder in the data of a Secret.
func newSecretMask() *strings.Replacer {
	var pairs []string
	for _, placeholder := range placeholders {
		encoded := base64.StdEncoding.EncodeToString([]byte(placeholder))
		pairs = append(pairs, placeholder, shownSecret, encoded, base64.StdEncoding.EncodeToString([]byte(shownSecret)))
	}
	return strings.NewReplacer(pairs...)
}

// maskSecrets puts the shown text into the objects and their other forms.
func maskSecrets(objects []Object, variants []variant) {
	for at := range objects {
		objects[at].Manifest = []byte(secretMask.Replace(string(objects[at].Manifest)))
	}
	for at := range variants {
		if variants[at].Manifest == nil {
			continue // one form is that there is no object; empty bytes would be no JSON
		}
		variants[at].Manifest = []byte(secretMask.Replace(string(variants[at].Manifest)))
	}
}

// maskHeads: a name may be made of a Secret.
func maskHeads(cluster *clusterValue) {
	if cluster == nil {
		return
	}
	for at := range cluster.Dependent {
		cluster.Dependent[at].Manifest = []byte(secretMask.Replace(string(cluster.Dependent[at].Manifest)))
	}
}

// maskError: a template may fail with the value that it was given.
func maskError(err error) error {
	if err == nil {
		return nil
	}
	masked := *asProtocolError(err)
	masked.Message = secretMask.Replace(masked.Message)
	return &masked
}

// referenceClient answers the two look-ups of Flux from what the host declared; there is no cluster.
type referenceClient struct {
	client.Client
	references []reference
	// Which placeholder stands for what cannot be read.
	variant int
}

func (c *referenceClient) find(kind, name string) *reference {
	at := slices.IndexFunc(c.references, func(one reference) bool { return one.Kind == kind && one.Name == name })
	if at < 0 {
		return nil
	}
	return &c.references[at]
}

func (c *referenceClient) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	kind := "ConfigMap"
	if _, isSecret := into.(*corev1.Secret); isSecret {
		kind = "Secret"
	}
	found := c.find(kind, key.Name)
	if found == nil {
		return apierrors.NewNotFound(schema.GroupResource{Resource: kind}, key.Name)
	}
	switch object := into.(type) {
	case *corev1.ConfigMap:
		object.Data = found.values(c.variant)
	case *corev1.Secret:
		object.Data = map[string][]byte{}
		for name, value := range found.values(c.variant) {
			object.Data[name] = []byte(value)
		}
	}
	return nil
}

func (r *reference) values(variant int) map[string]string {
	all := map[string]string{}
	for name, value := range r.Data {
		all[name] = value
	}
	for _, name := range r.Unknown {
		all[name] = placeholders[variant]
	}
	return all
}

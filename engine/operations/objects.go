package operations

import (
	"encoding/json"
	"errors"
	"strings"

	jsonutil "k8s.io/apimachinery/pkg/util/json"
)

// maxListDepth bounds Lists inside Lists; kubectl has no bound, real manifests nest twice at most.
const maxListDepth = 16

var (
	errNotAnObject = errors.New("the document is not an object")
	errListItem    = errors.New("an item of a List is not an object")
	errListDepth   = errors.New("Lists are nested too deeply")
)

// manifestsIn decodes one document and writes out Lists. Whatever has an `items` array is a List to Argo CD and kubectl,
// not only kinds that end in List: https://github.com/kubernetes/apimachinery/blob/v0.37.0/pkg/apis/meta/v1/unstructured/helpers.go.
// kubectl also opens Lists inside Lists; Argo CD hands those on unopened, so they are opened here too and never unseen.
func manifestsIn(document []byte) ([]map[string]any, error) {
	var value any
	if err := jsonutil.Unmarshal(document, &value); err != nil {
		return nil, err
	}
	manifest, isObject := value.(map[string]any)
	if !isObject {
		return nil, errNotAnObject
	}
	return expandList(manifest, 0)
}

func expandList(manifest map[string]any, depth int) ([]map[string]any, error) {
	field, hasItems := manifest["items"]
	if hasItems && isNullList(manifest, field) {
		return nil, nil
	}
	items, isList := field.([]any)
	if !isList {
		return []map[string]any{manifest}, nil
	}
	if depth == maxListDepth {
		return nil, errListDepth
	}
	var expanded []map[string]any
	for _, item := range items {
		child, isObject := item.(map[string]any)
		if !isObject {
			return nil, errListItem
		}
		inferKind(child, manifest)
		found, err := expandList(child, depth+1)
		if err != nil {
			return nil, err
		}
		expanded = append(expanded, found...)
	}
	return expanded, nil
}

// isNullList is Argo CD's rule for a List that a template left empty:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go (isNullList).
func isNullList(manifest map[string]any, items any) bool {
	_, hasSpec := manifest["spec"]
	_, hasStatus := manifest["status"]
	return items == nil && !hasSpec && !hasStatus
}

// inferKind gives the items of a typed list (RoleBindingList) the kind that they leave out, as decodeToList does upstream.
func inferKind(item, list map[string]any) {
	_, hasKind := item["kind"]
	_, hasVersion := item["apiVersion"]
	listKind, _ := list["kind"].(string)
	kind := strings.TrimSuffix(listKind, "List")
	if hasKind || hasVersion || kind == "" {
		return
	}
	item["kind"] = kind
	item["apiVersion"] = list["apiVersion"]
}

// isKubernetesObject tells a manifest from other YAML that lies beside it.
func isKubernetesObject(manifest map[string]any) bool {
	kind, _ := manifest["kind"].(string)
	version, _ := manifest["apiVersion"].(string)
	return kind != "" && version != ""
}

// toObject keeps the key order of encoding/json, so equal manifests have equal bytes.
func toObject(manifest map[string]any, origin Origin) (Object, error) {
	encoded, err := json.Marshal(manifest)
	if err != nil {
		return Object{}, err
	}
	return Object{Manifest: encoded, Origin: origin}, nil
}

// toObjects is manifestsIn with one origin for all that a document holds.
func toObjects(document []byte, origin Origin) ([]Object, error) {
	manifests, err := manifestsIn(document)
	if err != nil {
		return nil, err
	}
	objects := make([]Object, 0, len(manifests))
	for _, manifest := range manifests {
		object, err := toObject(manifest, origin)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, nil
}

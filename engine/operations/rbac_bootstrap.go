package operations

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

type rbacBootstrapInput struct{}

// rbacBootstrap answers with the roles and bindings that every API server creates when it starts: those for users and
// components, those of the controllers, and those of kube-system and kube-public. They are of the Kubernetes that is linked.
// https://github.com/kubernetes/kubernetes/tree/master/plugin/pkg/auth/authorizer/rbac/bootstrappolicy
func rbacBootstrap(request *Request) (*Result, error) {
	var input rbacBootstrapInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	result := &Result{}
	for _, one := range bootstrapObjects() {
		manifest, err := one.manifest()
		if err != nil {
			return nil, fmt.Errorf("built-in %s: %w", one.kind, err)
		}
		object, err := toObject(manifest, Origin{})
		if err != nil {
			return nil, err
		}
		result.Objects = append(result.Objects, object)
	}
	return result, nil
}

// bootstrapObject knows its kind, which the upstream values leave out.
type bootstrapObject struct {
	kind  string
	value any
}

func (o bootstrapObject) manifest() (map[string]any, error) {
	manifest, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.value)
	if err != nil {
		return nil, err
	}
	manifest["apiVersion"] = rbacv1.SchemeGroupVersion.String()
	manifest["kind"] = o.kind
	return manifest, nil
}

func bootstrapObjects() []bootstrapObject {
	all := slices.Concat(
		bootstrapOf("ClusterRole", bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()),
		bootstrapOf("ClusterRoleBinding", bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()),
		bootstrapOf("Role", inOrder(bootstrappolicy.NamespaceRoles())...),
		bootstrapOf("RoleBinding", inOrder(bootstrappolicy.NamespaceRoleBindings())...),
	)
	// The order of the upstream lists may change with their version; that of the kinds is ours.
	slices.SortStableFunc(all, func(a, b bootstrapObject) int { return cmp.Compare(a.kind, b.kind) })
	return all
}

func bootstrapOf[T any](kind string, lists ...[]T) []bootstrapObject {
	var found []bootstrapObject
	for _, list := range lists {
		for index := range list {
			found = append(found, bootstrapObject{kind: kind, value: &list[index]})
		}
	}
	return found
}

func inOrder[T any](byNamespace map[string][]T) [][]T {
	var lists [][]T
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		lists = append(lists, byNamespace[namespace])
	}
	return lists
}

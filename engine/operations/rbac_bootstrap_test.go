package operations

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func bootstrapRoles(t *testing.T) (map[string]rbacv1.ClusterRole, map[string]int) {
	t.Helper()
	result, err := call(t, rbacBootstrap, nil, map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	roles, counts := map[string]rbacv1.ClusterRole{}, map[string]int{}
	for _, object := range result.Objects {
		var role rbacv1.ClusterRole
		if err := json.Unmarshal(object.Manifest, &role); err != nil {
			t.Fatal(err)
		}
		same(t, "apiVersion of "+role.Name, role.APIVersion, "rbac.authorization.k8s.io/v1")
		counts[role.Kind]++
		if role.Kind == "ClusterRole" {
			roles[role.Name] = role
		}
	}
	return roles, counts
}

func TestRbacBootstrapAnswersEverythingThatTheAPIServerCreates(t *testing.T) {
	roles, counts := bootstrapRoles(t)
	for kind, least := range map[string]int{"ClusterRole": 70, "ClusterRoleBinding": 50, "Role": 7, "RoleBinding": 7} {
		if counts[kind] < least {
			t.Errorf("%d of kind %s, at least %d are known", counts[kind], kind, least)
		}
	}
	same(t, "rules of cluster-admin", len(roles["cluster-admin"].Rules), 2)
	same(t, "edit is aggregated", roles["edit"].AggregationRule != nil, true)
	if _, known := roles["system:controller:clusterrole-aggregation-controller"]; !known {
		t.Error("roles of controllers are missing")
	}
}

func TestRbacBootstrapTakesNoInput(t *testing.T) {
	_, err := call(t, rbacBootstrap, nil, map[string]any{"version": "1.30"})
	same(t, "code", codeOf(err), "internal")
}

// The public cases are of another version of Kubernetes; rules may come, but what they give is still given.
func TestRbacBootstrapGivesWhatThePublicCasesGive(t *testing.T) {
	folder := os.Getenv("PRESYNC_TEST_DATA")
	if folder == "" {
		folder = "../../../shared"
	}
	data, err := os.ReadFile(filepath.Join(folder, "conformance", "bootstrap-roles.json"))
	if err != nil {
		t.Skip("public test data not there; set PRESYNC_TEST_DATA: " + err.Error())
	}
	var cases rbacv1.ClusterRoleList
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	same(t, "cases", len(cases.Items), 23)
	roles, _ := bootstrapRoles(t)
	for _, want := range cases.Items {
		got, known := roles[want.Name]
		if !known {
			t.Errorf("%s is missing", want.Name)
			continue
		}
		have := givenBy(got, roles)
		for _, atom := range givenBy(want, nil) {
			if !slices.Contains(have, atom) {
				t.Errorf("%s: %s is no longer given", want.Name, atom)
			}
		}
	}
}

func givenBy(role rbacv1.ClusterRole, all map[string]rbacv1.ClusterRole) []string {
	rules := role.Rules
	for _, other := range all {
		if role.AggregationRule != nil && isSelected(role, other) && other.Name != role.Name {
			rules = slices.Concat(rules, other.Rules)
		}
	}
	var atoms []string
	for _, rule := range rules {
		for _, verb := range rule.Verbs {
			for _, url := range rule.NonResourceURLs {
				atoms = append(atoms, verb+" "+url)
			}
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					atoms = append(atoms, verb+" "+group+"/"+resource)
				}
			}
		}
	}
	return atoms
}

func isSelected(role, other rbacv1.ClusterRole) bool {
	return slices.ContainsFunc(role.AggregationRule.ClusterRoleSelectors, func(written metav1.LabelSelector) bool {
		selector, err := metav1.LabelSelectorAsSelector(&written)
		return err == nil && selector.Matches(labels.Set(other.Labels))
	})
}

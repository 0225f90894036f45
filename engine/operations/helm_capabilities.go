package operations

import (
	"fmt"

	"helm.sh/helm/v4/pkg/chart/common"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8sversion "k8s.io/apimachinery/pkg/util/version"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
)

// helmVersion is what charts see in .Capabilities.HelmVersion. The released binary has it from the linker, which can
// only set it in a package that is internal to Helm; a library build would say v4.3.
const helmVersion = "v4.3.1"

func init() {
	common.DefaultCapabilities.HelmVersion.Version = helmVersion
	common.DefaultCapabilities.APIVersions = builtInVersions()
}

// builtIn is what Kubernetes itself has. Helm takes it from client-go's global scheme, to which other packages of this program add kinds
// of Argo CD and Flux: https://github.com/helm/helm/blob/v4.3.1/pkg/chart/common/capabilities.go
var builtIn = newBuiltIn()

func newBuiltIn() *runtime.Scheme {
	known := runtime.NewScheme()
	metav1.AddToGroupVersion(known, schema.GroupVersion{Version: "v1"}) // first, as in client-go: it decides the order
	for _, add := range []func(*runtime.Scheme) error{clientscheme.AddToScheme, apiextensionsv1beta1.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(known); err != nil {
			panic(err) // two versions of one kind: a mistake in go.mod, seen by every test
		}
	}
	return known
}

func builtInVersions() common.VersionSet {
	var versions common.VersionSet
	for _, version := range builtIn.PrioritizedVersionsAllGroups() {
		versions = append(versions, version.String())
	}
	return versions
}

// kubeVersion is reduced to its numbers, as Argo CD does before it calls Helm (parseKubeVersion of its repo server).
func kubeVersion(text string) (*common.KubeVersion, error) {
	short, err := shortVersion(text)
	if err != nil || short == "" {
		return nil, err
	}
	return common.ParseKubeVersion(short)
}

// shortVersion is parseKubeVersion of the repo server.
func shortVersion(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	parsed, err := k8sversion.ParseGeneric(text)
	if err != nil {
		return "", fmt.Errorf("could not parse kubernetes version %s: %w", text, err)
	}
	return parsed.String(), nil
}

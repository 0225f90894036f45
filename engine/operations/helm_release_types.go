package operations

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/apis/meta"
	release "helm.sh/helm/v4/pkg/release/v1"
	jsonutil "k8s.io/apimachinery/pkg/util/json"
)

// fluxRelease is what decides about the objects of a HelmRelease:
// https://github.com/fluxcd/helm-controller/blob/v1.7.1/api/v2/helmrelease_types.go
type fluxRelease struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec fluxReleaseSpec `json:"spec"`
}

type fluxReleaseSpec struct {
	ReleaseName      string `json:"releaseName"`
	TargetNamespace  string `json:"targetNamespace"`
	StorageNamespace string `json:"storageNamespace"`
	Chart            struct {
		Spec struct {
			ReconcileStrategy        string   `json:"reconcileStrategy"`
			ValuesFiles              []string `json:"valuesFiles"`
			IgnoreMissingValuesFiles bool     `json:"ignoreMissingValuesFiles"`
		} `json:"spec"`
	} `json:"chart"`
	Install            fluxReleaseAction      `json:"install"`
	Upgrade            fluxReleaseAction      `json:"upgrade"`
	Test               fluxReleaseTest        `json:"test"`
	Values             json.RawMessage        `json:"values"`
	ValuesFrom         []meta.ValuesReference `json:"valuesFrom"`
	CommonMetadata     fluxCommonMetadata     `json:"commonMetadata"`
	PostRenderers      []fluxPostRenderer     `json:"postRenderers"`
	PostRenderStrategy string                 `json:"postRenderStrategy"`
}

type fluxReleaseAction struct {
	DisableHooks            bool   `json:"disableHooks"`
	DisableSchemaValidation bool   `json:"disableSchemaValidation"`
	CRDs                    string `json:"crds"`
	// Of install, before there was crds.
	SkipCRDs bool `json:"skipCRDs"`
	// Of upgrade.
	PreserveValues bool `json:"preserveValues"`
}

type fluxReleaseTest struct {
	Enable  bool `json:"enable"`
	Filters []struct {
		Name    string `json:"name"`
		Exclude bool   `json:"exclude"`
	} `json:"filters"`
}

type fluxCommonMetadata struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

type fluxPostRenderer struct {
	Kustomize *struct {
		Patches []kustomize.Patch `json:"patches"`
		Images  []kustomize.Image `json:"images"`
		// Until helm-controller 1.3.
		PatchesStrategicMerge []json.RawMessage         `json:"patchesStrategicMerge"`
		PatchesJSON6902       []kustomize.JSON6902Patch `json:"patchesJson6902"`
	} `json:"kustomize"`
}

// readRelease reads names as the API server does, which tells capitals from small letters.
func readRelease(text json.RawMessage) (*fluxRelease, error) {
	read := &fluxRelease{}
	if err := jsonutil.Unmarshal(text, read); err != nil {
		return nil, buildError("", 0, fmt.Errorf("the HelmRelease cannot be read: %w", err))
	}
	if read.Kind != "HelmRelease" || read.Metadata.Name == "" {
		return nil, buildError("", 0, fmt.Errorf("a HelmRelease with a name is expected, this is %q %q", read.Kind, read.Metadata.Name))
	}
	for setting, policy := range map[string]string{"install.crds": read.Spec.Install.CRDs, "upgrade.crds": read.Spec.Upgrade.CRDs} {
		if !slices.Contains([]string{"", "Skip", "Create", "CreateReplace"}, policy) {
			return nil, buildError("", 0, fmt.Errorf("spec.%s of HelmRelease %s is %q; it can be Skip, Create or CreateReplace", setting, read.Metadata.Name, policy))
		}
	}
	return read, read.refuseOddPatches()
}

// refuseOddPatches: Kustomize takes a patch that is no object for the name of a file, or the address of one.
func (r *fluxRelease) refuseOddPatches() error {
	for _, renderer := range r.Spec.PostRenderers {
		if renderer.Kustomize == nil {
			continue
		}
		for _, patch := range renderer.Kustomize.PatchesStrategicMerge {
			if !bytes.HasPrefix(bytes.TrimSpace(patch), []byte("{")) {
				return buildError("", 0, fmt.Errorf("patchesStrategicMerge in spec.postRenderers of HelmRelease %s holds %s, which is no object", r.Metadata.Name, patch))
			}
		}
	}
	return nil
}

// name is how Helm knows the release; beyond 53 characters helm-controller cuts it and adds a hash.
// https://github.com/fluxcd/helm-controller/blob/v1.7.1/internal/release/name.go
func (r *fluxRelease) name() string {
	name := r.Metadata.Name
	switch {
	case r.Spec.ReleaseName != "":
		name = r.Spec.ReleaseName
	case r.Spec.TargetNamespace != "":
		name = r.Spec.TargetNamespace + "-" + name
	}
	if len(name) <= 53 {
		return name
	}
	return fmt.Sprintf("%s-%.12x", name[:40], sha256.Sum256([]byte(name)))[:53]
}

func (r *fluxRelease) namespace() string {
	return firstOf(r.Spec.TargetNamespace, r.Metadata.Namespace)
}
func (r *fluxRelease) storage() string     { return firstOf(r.Spec.StorageNamespace, r.Metadata.Namespace) }
func (r *fluxRelease) upgradeCRDs() string { return firstOf(r.Spec.Upgrade.CRDs, "Skip") }

func (r *fluxRelease) installCRDs() string {
	if r.Spec.Install.CRDs == "" && r.Spec.Install.SkipCRDs {
		return "Skip"
	}
	return firstOf(r.Spec.Install.CRDs, "Create")
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// hides says which hooks never run: all where they are disabled, and those that are nothing but tests unless spec.test asks for them.
func (r *fluxRelease) hides(hook *release.Hook, isUpgrade bool) bool {
	isTest := func(event release.HookEvent) bool { return event == release.HookTest }
	if slices.ContainsFunc(hook.Events, isTest) && r.tests(hook.Name) {
		return false
	}
	if isUpgrade && r.Spec.Upgrade.DisableHooks || !isUpgrade && r.Spec.Install.DisableHooks {
		return true
	}
	return !slices.ContainsFunc(hook.Events, func(event release.HookEvent) bool { return !isTest(event) })
}

// tests applies the filters as Helm does: what is excluded does not run, and what is not included where anything is.
// https://github.com/helm/helm/blob/v4.3.1/pkg/action/release_testing.go (Run)
func (r *fluxRelease) tests(hook string) bool {
	runs := r.Spec.Test.Enable
	included, includes := false, false
	for _, filter := range r.Spec.Test.Filters {
		matches := filter.Name == hook
		runs = runs && !(filter.Exclude && matches)
		includes = includes || !filter.Exclude
		included = included || !filter.Exclude && matches
	}
	return runs && (included || !includes)
}

// warnings name what this prediction cannot show.
func (r *fluxRelease) warnings() []string {
	var found []string
	if r.Spec.Upgrade.PreserveValues {
		found = append(found, "spec.upgrade.preserveValues keeps values of the installed release, which are not known here")
	}
	if strings.EqualFold(r.Spec.Chart.Spec.ReconcileStrategy, "Revision") {
		found = append(found, "spec.chart.spec.reconcileStrategy adds the commit to the chart's version; here it is shown without")
	}
	for _, renderer := range r.Spec.PostRenderers {
		if renderer.Kustomize != nil && len(renderer.Kustomize.PatchesStrategicMerge)+len(renderer.Kustomize.PatchesJSON6902) > 0 {
			found = append(found, "patchesStrategicMerge and patchesJson6902 of spec.postRenderers are refused by Flux 2.7 and later; use patches")
			break
		}
	}
	return found
}

package operations

import (
	"encoding/json"

	"helm.sh/helm/v4/pkg/action"

	"presync.dev/engine/protocol"
)

type helmReleaseInput struct {
	// The whole HelmRelease object.
	Release json.RawMessage `json:"release"`
	// The chart's folder.
	Path string `json:"path"`
	// Whatever spec.valuesFrom may name.
	References  []reference `json:"references"`
	KubeVersion string      `json:"kubeVersion"`
	APIVersions []string    `json:"apiVersions"`
	// Where spec.chart.spec.valuesFiles start: the root of the source of a chart in a repository, "" for a packaged chart, whose
	// files are its own.
	ValuesFilesRoot string `json:"valuesFilesRoot"`
}

// releaseRender is a HelmRelease on its way.
type releaseRender struct {
	*helmRender
	input   helmReleaseInput
	release *fluxRelease
	values  *releaseValues
}

// helmReleaseRender renders what source-controller and helm-controller make of a HelmRelease:
// https://github.com/fluxcd/helm-controller/tree/v1.7.1/internal/action (install.go, upgrade.go, crds.go).
// The labels helm.toolkit.fluxcd.io/name and namespace, which helm-controller puts on every object, are left out: they tell nothing.
// CRDs of the chart are shown when install or upgrade applies them; value says under which policy.
func helmReleaseRender(request *Request) (*Result, error) {
	render, err := newReleaseRender(request)
	if err != nil {
		return nil, maskError(err)
	}
	result, err := render.result()
	return result, maskError(err)
}

func (r *releaseRender) result() (*Result, error) {
	values, err := r.values.compose(0)
	if err != nil {
		return nil, err
	}
	shown := helmPass{values: values}
	first, err := r.pass(shown)
	if err != nil {
		return nil, err
	}
	compared := newComparison(first)
	if err := r.compare(compared, shown, first); err != nil {
		return nil, err
	}
	if err := compared.addClusters(r.helmRender, r.pass); err != nil {
		return nil, err
	}
	result := compared.result(append(r.warnings, r.values.warnings...))
	maskSecrets(result.Objects, compared.variants)
	maskHeads(compared.cluster)
	value := compared.value()
	value["variants"] = append([]variant{}, compared.variants...)
	value["release"] = r.told()
	result.Value = value
	return result, nil
}

func newReleaseRender(request *Request) (*releaseRender, error) {
	render := &releaseRender{helmRender: &helmRender{request: request, job: &chartJob{exactKubeVersion: true}, budget: newBudget(request.Limits), hasRevision: true, asked: newClusterQuestions()}}
	if err := decodeInput(request, &render.input); err != nil {
		return nil, err
	}
	var err error
	if render.release, err = readRelease(render.input.Release); err != nil {
		return nil, err
	}
	skipCRDs := render.release.installCRDs() == "Skip" && render.release.upgradeCRDs() == "Skip"
	render.helmRender.input = helmInput{
		Path: render.input.Path, ReleaseName: render.release.name(), Namespace: render.release.namespace(),
		KubeVersion: render.input.KubeVersion, APIVersions: render.input.APIVersions, SkipCRDs: skipCRDs,
	}
	render.facts = newClusterFacts(&render.helmRender.input, false)
	render.facts.isServed = true
	render.hides = render.release.hides
	render.warnings = render.release.warnings()
	render.post = newReleasePostRenderer(render.release)
	render.strategy = action.PostRenderStrategy(firstOf(render.release.Spec.PostRenderStrategy, string(action.PostRenderStrategyCombined)))
	if render.helmRender.input.Path, err = inputFolder(render.input.Path); err != nil {
		return nil, err
	}
	if err := render.open(); err != nil {
		return nil, err
	}
	if err := render.useValuesFiles(); err != nil {
		return nil, err
	}
	render.values, err = newReleaseValues(render.release, render.input.References, render.budget)
	return render, err
}

// compare renders again for whatever no input decides: random values and times, a later upgrade, values that cannot be read.
func (r *releaseRender) compare(compared *comparison, shown helmPass, first *helmOutput) error {
	if first.functions.varied {
		if err := compared.addRandom(r.helmRender, shown); err != nil {
			return err
		}
	}
	if r.release.Spec.Install.DisableHooks != r.release.Spec.Upgrade.DisableHooks || readsUpgrade(first.chart) {
		upgrade := shown
		upgrade.upgrade = true
		other, err := r.pass(upgrade)
		if err != nil {
			return inContext("the chart renders for a first install, but not for an upgrade", err)
		}
		compared.add(other)
		compared.uses["install"] = true
	}
	if first.functions.uses["lookup"] {
		r.compareInCluster(compared, shown)
	}
	compared.uses["secret"] = r.values.hasSecrets
	if !r.values.hasSecrets {
		return nil
	}
	values, err := r.values.compose(1)
	if err != nil {
		return err
	}
	other, err := r.pass(helmPass{values: values})
	if err != nil {
		return inContext("the chart renders only with some values of an encrypted Secret", err)
	}
	compared.add(other)
	return nil
}

// compareInCluster: helm-controller's lookups are answered. What they find is not known here, only that they may find something; a
// chart that wants more than an empty object cannot be told further.
func (r *releaseRender) compareInCluster(compared *comparison, shown helmPass) {
	shown.inCluster = true
	other, err := r.pass(shown)
	if err != nil {
		r.warnings = append(r.warnings, "where its lookups find something, the chart could not be rendered with an empty object in its place: "+err.Error())
		return
	}
	compared.add(other)
}

// pass validates the values where the action does.
func (r *releaseRender) pass(pass helmPass) (*helmOutput, error) {
	r.helmRender.input.SkipSchemaValidation = r.release.Spec.Install.DisableSchemaValidation
	if pass.upgrade {
		r.helmRender.input.SkipSchemaValidation = r.release.Spec.Upgrade.DisableSchemaValidation
	}
	if !r.helmRender.input.SkipSchemaValidation {
		if err := r.closeSchemas(pass.values); err != nil {
			return nil, err
		}
	}
	output, err := r.run(pass)
	return output, r.explain(err)
}

// explain says that a schema was not given the real value.
func (r *releaseRender) explain(err error) error {
	if err == nil || asProtocolError(err).Code != protocol.Schema || !r.values.hasSecrets {
		return err
	}
	return inContext("values of an encrypted Secret are not known here, and a text in their place does not fit", err)
}

// told is what the host cannot read from the objects.
func (r *releaseRender) told() map[string]any {
	return map[string]any{
		"name":             r.release.name(),
		"namespace":        r.release.namespace(),
		"storageNamespace": r.release.storage(),
		"crds":             map[string]string{"install": r.release.installCRDs(), "upgrade": r.release.upgradeCRDs()},
		"unknownValues":    append([]string{}, r.values.unknown...),
	}
}

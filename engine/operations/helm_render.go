package operations

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/postrenderer"
	release "helm.sh/helm/v4/pkg/release/v1"

	"presync.dev/engine/protocol"
)

// helmRender is one chart and what it is rendered with.
type helmRender struct {
	request  *Request
	job      *chartJob
	input    helmInput
	budget   *budget
	source   *chartSource
	folders  *chartFolders
	values   map[string]any
	warnings []string
	chart    *chart.Chart
	// Of a HelmRelease; nil and empty otherwise.
	post        postrenderer.PostRenderer
	strategy    action.PostRenderStrategy
	hides       func(hook *release.Hook, isUpgrade bool) bool
	hasRevision bool
	facts       *clusterFacts
	asked       *clusterQuestions
	// How many documents the schemas of values needed from elsewhere.
	foreignSchemas int
}

// helmPass is one of the renders of a chart that are compared.
type helmPass struct {
	// The random values and the time: 0 or 1.
	variant int
	upgrade bool
	// lookup finds what it is asked for.
	inCluster bool
	values    map[string]any
	cluster   clusterState
}

// open reads the chart and what it depends on.
func (r *helmRender) open() error {
	var err error
	if r.source, err = readChart(r.request.FS, r.input.Path, r.budget); err != nil {
		return err
	}
	return r.loadChart()
}

// loadChart makes the checks of runInstall: https://github.com/helm/helm/blob/v4.3.1/pkg/cmd/install.go.
func (r *helmRender) loadChart() error {
	loaded, err := r.source.load()
	if err != nil {
		return err
	}
	if kind := loaded.Metadata.Type; kind != "" && kind != "application" {
		return buildError(path.Join(r.source.root, "Chart.yaml"), 0, fmt.Errorf("%s charts are not installable", kind))
	}
	if err := r.fetchDependencies(loaded); err != nil {
		return err
	}
	if loaded.Metadata.Deprecated {
		r.warnings = append(r.warnings, "this chart is deprecated")
	}
	r.chart, err = r.source.load()
	r.folders = newChartFolders(r.source)
	return err
}

type helmOutput struct {
	text      string
	objects   []Object
	functions *templateFunctions
	// Without the subcharts that the values switch off.
	chart *chart.Chart
	pass  helmPass
}

func (r *helmRender) run(pass helmPass) (*helmOutput, error) {
	loaded, err := r.source.load()
	if err != nil {
		return nil, err
	}
	functions := newTemplateFunctions(pass.variant, r.budget.outputBytes())
	functions.inCluster = pass.inCluster
	functions.cluster = newClusterWatch(r.facts, pass.cluster, r.asked)
	functions.cluster.addTo(loaded)
	if wanted := loaded.Metadata.KubeVersion; wanted != "" {
		r.asked.constraints[wanted] = true // Helm refuses other versions: of those it takes one is tried
	}
	text, err := r.text(loaded, functions, pass)
	if unseen := functions.cluster.finish(loaded, err != nil); unseen != nil {
		err = unseen
	}
	if functions.exceeded != "" {
		return nil, r.limitIn(functions.exceeded, err)
	}
	if err != nil {
		return nil, r.renderError(err)
	}
	if int64(len(text)) > r.budget.outputBytes() {
		return nil, limitError(fmt.Sprintf("the chart renders to more than %d bytes", r.budget.outputBytes()))
	}
	objects, err := r.objects(text)
	return &helmOutput{text: text, objects: objects, functions: functions, chart: loaded, pass: pass}, err
}

// releaseName: without one `helm template` says release-name, also where it was told --generate-name:
// https://github.com/helm/helm/blob/v4.3.1/pkg/action/install.go (NameAndChart).
func (r *helmRender) releaseName(functions *templateFunctions) (string, error) {
	switch {
	case r.job.nameTemplate == "" && r.input.ReleaseName == "":
		return "release-name", nil
	case r.job.nameTemplate == "":
		return r.input.ReleaseName, nil
	case r.input.ReleaseName != "":
		return "", errors.New("a release has both a name and a template for it (releaseName and nameTemplate); Helm accepts one of them")
	}
	name, err := functions.render("release name", r.job.nameTemplate)
	if err != nil {
		return "", &protocol.Error{Code: protocol.Build, Message: "the name of the release cannot be made: " + err.Error()}
	}
	return name, nil
}

// mayHave: the charts of a kustomization are tried together, and each may have a version of its own.
func (r *helmRender) mayHave(version string) bool {
	isOfMinor := r.facts.minor > 0 && strings.HasPrefix(version, fmt.Sprintf("v1.%d.", r.facts.minor))
	return version != "" && (!r.facts.hasVersion || isOfMinor)
}

func (r *helmRender) kubeVersion(pass helmPass) (*common.KubeVersion, error) {
	if r.mayHave(pass.cluster.version) {
		return common.ParseKubeVersion(pass.cluster.version)
	}
	if r.job.exactKubeVersion && r.input.KubeVersion != "" {
		return common.ParseKubeVersion(r.input.KubeVersion)
	}
	return kubeVersion(r.input.KubeVersion)
}

func (r *helmRender) namespace() string {
	if r.input.Namespace == "" {
		return "default"
	}
	return r.input.Namespace
}

// copyValues: Helm writes into the values that it is given.
func copyValues(values map[string]any) map[string]any {
	copied := make(map[string]any, len(values))
	for key, value := range values {
		copied[key] = copyValue(value)
	}
	return copied
}

func copyValue(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return copyValues(value)
	case []any:
		copied := make([]any, len(value))
		for at, item := range value {
			copied[at] = copyValue(item)
		}
		return copied
	}
	return value
}

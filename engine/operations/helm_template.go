package operations

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path"
	"regexp"
	"slices"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"

	"presync.dev/engine/protocol"
)

type helmInput struct {
	Path                    string              `json:"path"`
	ReleaseName             string              `json:"releaseName"`
	Namespace               string              `json:"namespace"`
	ValueFiles              []string            `json:"valueFiles"`
	IgnoreMissingValueFiles bool                `json:"ignoreMissingValueFiles"`
	Values                  string              `json:"values"`
	ValuesObject            json.RawMessage     `json:"valuesObject"`
	Parameters              []helmParameter     `json:"parameters"`
	FileParameters          []helmFileParameter `json:"fileParameters"`
	KubeVersion             string              `json:"kubeVersion"`
	APIVersions             []string            `json:"apiVersions"`
	SkipCRDs                bool                `json:"skipCrds"`
	SkipTests               bool                `json:"skipTests"`
	SkipSchemaValidation    bool                `json:"skipSchemaValidation"`
	IsUpgrade               bool                `json:"isUpgrade"`
}

// helmTemplate renders a chart folder as `helm template` does when Argo CD calls it:
// https://github.com/helm/helm/blob/v4.3.1/pkg/cmd/template.go and
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/helm/cmd.go (template).
func helmTemplate(request *Request) (*Result, error) {
	job := &chartJob{}
	if err := decodeInput(request, &job.input); err != nil {
		return nil, err
	}
	root, err := inputFolder(job.input.Path)
	if err != nil {
		return nil, err
	}
	job.input.Path = root
	if err := job.resolveFiles(resolveFile); err != nil {
		return nil, err
	}
	return renderChart(request, job)
}

// chartJob is one rendering of a chart, its files already resolved to paths of the mounts.
type chartJob struct {
	input helmInput
	// Values that come before those of valueFiles, already read.
	texts          []valueText
	valueFiles     []namedFile
	fileParameters []namedFile
	// What only `helm` itself, or Kustomize which calls it, has: --name-template, --no-hooks, a version that nobody shortened, and
	// a chart whose missing dependencies nobody fetches.
	nameTemplate     string
	skipHooks        bool
	exactKubeVersion bool
	asItLies         bool
}

// renderChart renders twice where the first time shows that the result may be another each time.
func renderChart(request *Request, job *chartJob) (*Result, error) {
	render, err := newHelmRender(request, job)
	if err != nil {
		return nil, err
	}
	first, err := render.run(0)
	if err != nil {
		return nil, err
	}
	result := &Result{Objects: first.objects, Warnings: render.warnings}
	uses := first.functions.uses
	if first.functions.varied {
		second, err := render.run(1)
		if err != nil {
			return nil, fmt.Errorf("the chart renders only with some random values or at some times: %w", err)
		}
		maps.Copy(uses, second.functions.uses)
		result.addVariants(second.objects, uses)
	}
	if render.readsUpgrade() {
		uses["install"] = true
	}
	result.Uses = usedNames(uses)
	return result, nil
}

// addVariants compares with a second render; what differs is random where nothing says that it is the time.
func (r *Result) addVariants(second []Object, uses map[string]bool) {
	variants := markVolatile(r, second)
	if len(variants) > 0 {
		r.Value = map[string]any{"variants": variants}
		uses["random"] = uses["random"] || !uses["now"]
	}
}

func usedNames(uses map[string]bool) []string {
	maps.DeleteFunc(uses, func(_ string, used bool) bool { return !used })
	return slices.Sorted(maps.Keys(uses))
}

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
}

func newHelmRender(request *Request, job *chartJob) (*helmRender, error) {
	render := &helmRender{request: request, job: job, input: job.input, budget: newBudget(request.Limits)}
	var err error
	if render.source, err = readChart(request.FS, job.input.Path, render.budget); err != nil {
		return nil, err
	}
	if err := render.loadChart(); err != nil {
		return nil, err
	}
	if render.values, err = chartValues(request, job, render.budget); err != nil {
		return nil, err
	}
	if render.input.SkipSchemaValidation {
		return render, nil
	}
	return render, refuseForeignSchemas(render.source, render.chart, render.values)
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
}

func (r *helmRender) run(variant int) (*helmOutput, error) {
	loaded, err := r.source.load()
	if err != nil {
		return nil, err
	}
	functions := newTemplateFunctions(variant, r.budget.outputBytes())
	text, err := r.install(loaded, functions)
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
	return &helmOutput{text: text, objects: objects, functions: functions}, err
}

func (r *helmRender) install(loaded *chart.Chart, functions *templateFunctions) (string, error) {
	configuration := action.NewConfiguration(action.ConfigurationSetLogger(slog.NewTextHandler(io.Discard, nil)))
	configuration.CustomTemplateFuncs = functions.table()
	install := action.NewInstall(configuration)
	install.DryRunStrategy = action.DryRunClient
	install.Replace = true
	name, err := r.releaseName(functions)
	if err != nil {
		return "", err
	}
	install.ReleaseName = name
	install.Namespace = r.namespace()
	install.IncludeCRDs = !r.input.SkipCRDs
	install.SkipSchemaValidation = r.input.SkipSchemaValidation
	install.IsUpgrade = r.input.IsUpgrade
	install.APIVersions = common.VersionSet(r.input.APIVersions)
	if install.KubeVersion, err = r.kubeVersion(); err != nil {
		return "", err
	}
	released, err := install.Run(loaded, copyValues(r.values))
	if err != nil {
		return "", err
	}
	rendered, isRelease := released.(*release.Release)
	if !isRelease {
		return "", fmt.Errorf("helm returned a %T", released)
	}
	return r.printed(rendered), nil
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

func (r *helmRender) kubeVersion() (*common.KubeVersion, error) {
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

var upgradeField = regexp.MustCompile(`\.(?:IsUpgrade|IsInstall|Revision)\b`)

// readsUpgrade looks for the fields of .Release that tell a first install from an upgrade.
func (r *helmRender) readsUpgrade() bool {
	return readsUpgrade(r.chart)
}

func readsUpgrade(loaded *chart.Chart) bool {
	for _, file := range loaded.Templates {
		if upgradeField.Match(file.Data) {
			return true
		}
	}
	return slices.ContainsFunc(loaded.Dependencies(), readsUpgrade)
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

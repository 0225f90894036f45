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
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8sversion "k8s.io/apimachinery/pkg/util/version"
	"k8s.io/client-go/kubernetes/scheme"

	"presync.dev/engine/protocol"
)

// helmVersion is what charts see in .Capabilities.HelmVersion. The released binary has it from the linker, which can
// only set it in a package that is internal to Helm; a library build would say v4.3.
const helmVersion = "v4.3.1"

func init() {
	common.DefaultCapabilities.HelmVersion.Version = helmVersion
	common.DefaultCapabilities.APIVersions = builtInVersions()
}

// builtInVersions is what Helm alone knows. Its own list comes from client-go's global scheme, to which other packages
// of this program add kinds of Argo CD and Flux: https://github.com/helm/helm/blob/v4.3.1/pkg/chart/common/capabilities.go
func builtInVersions() common.VersionSet {
	known := runtime.NewScheme()
	metav1.AddToGroupVersion(known, schema.GroupVersion{Version: "v1"}) // first, as in client-go: it decides the order
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1beta1.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(known); err != nil {
			panic(err) // two versions of one kind: a mistake in go.mod, seen by every test
		}
	}
	var versions common.VersionSet
	for _, version := range known.PrioritizedVersionsAllGroups() {
		versions = append(versions, version.String())
	}
	return versions
}

// maxMessage keeps the ends of an error that repeats itself a thousand times, as a recursive include does.
const maxMessage = 4000

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
	render, err := newHelmRender(request)
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
		variants := markVolatile(result, second.objects)
		if len(variants) > 0 {
			result.Value = map[string]any{"variants": variants}
			uses["random"] = uses["random"] || !uses["now"]
		}
	}
	if render.readsUpgrade() {
		uses["install"] = true
	}
	maps.DeleteFunc(uses, func(_ string, used bool) bool { return !used })
	result.Uses = slices.Sorted(maps.Keys(uses))
	return result, nil
}

type helmRender struct {
	request  *Request
	input    helmInput
	budget   *budget
	source   *chartSource
	folders  *chartFolders
	values   map[string]any
	warnings []string
	chart    *chart.Chart
}

func newHelmRender(request *Request) (*helmRender, error) {
	render := &helmRender{request: request, budget: newBudget(request.Limits)}
	if err := decodeInput(request, &render.input); err != nil {
		return nil, err
	}
	root, err := resolveInside("/", render.input.Path)
	if err != nil {
		return nil, err
	}
	render.input.Path = root
	if render.source, err = readChart(request.FS, root, render.budget); err != nil {
		return nil, err
	}
	if err := render.loadChart(); err != nil {
		return nil, err
	}
	if render.values, err = chartValues(request.FS, &render.input, render.budget); err != nil {
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

// fetchDependencies asks the host for the charts that only a network could bring.
func (r *helmRender) fetchDependencies(loaded *chart.Chart) error {
	missing, err := r.source.addDependencies(loaded)
	if err != nil || len(missing) == 0 {
		return err
	}
	if r.request.Remotes != nil {
		if err := r.request.Remotes(remoteCharts(missing)); err != nil {
			return err
		}
		if loaded, err = r.source.load(); err != nil {
			return err
		}
		if missing, err = r.source.addDependencies(loaded); err != nil || len(missing) == 0 {
			return err
		}
	}
	names := make([]string, len(missing))
	for at, dependency := range missing {
		names[at] = strings.TrimSpace(dependency.Name + " " + dependency.Version)
		if dependency.Repository != "" {
			names[at] += " from " + dependency.Repository
		}
	}
	return &protocol.Error{
		Code:    protocol.RemoteCode,
		Message: "found in Chart.yaml, but missing in charts/ directory: " + strings.Join(names, ", "),
		Path:    repositoryPath(path.Join(r.source.root, "Chart.yaml")),
	}
}

func remoteCharts(missing []*chart.Dependency) []protocol.Remote {
	remotes := make([]protocol.Remote, len(missing))
	for at, dependency := range missing {
		kind := "helm"
		if strings.HasPrefix(dependency.Repository, "oci://") {
			kind = "oci"
		}
		remotes[at] = protocol.Remote{Kind: kind, URL: dependency.Repository, Ref: dependency.Version, Path: dependency.Name}
	}
	return remotes
}

type helmOutput struct {
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
	return &helmOutput{objects: objects, functions: functions}, err
}

func (r *helmRender) install(loaded *chart.Chart, functions *templateFunctions) (string, error) {
	configuration := action.NewConfiguration(action.ConfigurationSetLogger(slog.NewTextHandler(io.Discard, nil)))
	configuration.CustomTemplateFuncs = functions.table()
	install := action.NewInstall(configuration)
	install.DryRunStrategy = action.DryRunClient
	install.Replace = true
	install.ReleaseName = r.releaseName()
	install.Namespace = r.namespace()
	install.IncludeCRDs = !r.input.SkipCRDs
	install.SkipSchemaValidation = r.input.SkipSchemaValidation
	install.IsUpgrade = r.input.IsUpgrade
	install.APIVersions = common.VersionSet(r.input.APIVersions)
	version, err := kubeVersion(r.input.KubeVersion)
	if err != nil {
		return "", err
	}
	install.KubeVersion = version
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

func (r *helmRender) releaseName() string {
	if r.input.ReleaseName == "" {
		return "release-name"
	}
	return r.input.ReleaseName
}

func (r *helmRender) namespace() string {
	if r.input.Namespace == "" {
		return "default"
	}
	return r.input.Namespace
}

// kubeVersion is reduced to its numbers, as Argo CD does before it calls Helm (parseKubeVersion of its repo server).
func kubeVersion(text string) (*common.KubeVersion, error) {
	if text == "" {
		return nil, nil
	}
	parsed, err := k8sversion.ParseGeneric(text)
	if err != nil {
		return nil, fmt.Errorf("invalid kube version '%s': %w", text, err)
	}
	return common.ParseKubeVersion(parsed.String())
}

// printed is the standard output of `helm template`: manifests, then hooks.
func (r *helmRender) printed(rendered *release.Release) string {
	var text strings.Builder
	fmt.Fprintln(&text, strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		if r.input.SkipTests && slices.Contains(hook.Events, release.HookTest) {
			continue
		}
		fmt.Fprintf(&text, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return text.String()
}

var sourceLine = regexp.MustCompile(`(?m)\A\s*(?:---[ \t]*\n)?# Source: (.+)$`)

// objects splits the output as Argo CD does (kube.SplitYAML); a document without a source line belongs to the one before.
func (r *helmRender) objects(text string) ([]Object, error) {
	var objects []Object
	budget := newBudget(r.request.Limits)
	source, count := "", map[string]int{}
	err := readDocuments([]byte(text), budget.outputBytes(), func(found document, failed *documentError) error {
		if match := sourceLine.FindSubmatch(found.text); match != nil {
			source = r.folders.locate(strings.TrimSpace(string(match[1])))
		}
		if failed != nil {
			return r.outputError(source, failed)
		}
		if found.json == nil {
			return nil
		}
		if err := budget.addDocument(len(found.json)); err != nil {
			return err
		}
		origin := Origin{Path: source, Document: count[source]}
		count[source]++
		added, err := toObjects(found.json, origin)
		if err != nil {
			return buildError(source, 0, err)
		}
		objects = append(objects, added...)
		return nil
	})
	return objects, err
}

func (r *helmRender) outputError(source string, failed *documentError) error {
	code := failed.code()
	if code == protocol.Parse {
		code = protocol.Build
	}
	return &protocol.Error{Code: code, Message: "the rendered output is not valid YAML: " + failed.Error(), Path: source}
}

func (r *helmRender) limitIn(message string, err error) error {
	at, line := r.location(err)
	return &protocol.Error{Code: protocol.Limit, Message: message, Path: at, Line: line}
}

func (r *helmRender) renderError(err error) error {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known
	}
	at, line := r.location(err)
	code := protocol.Build
	if strings.Contains(err.Error(), "values don't meet the specifications of the schema(s)") {
		code = protocol.Schema
	}
	return &protocol.Error{Code: code, Message: shorten(err.Error()), Path: at, Line: line}
}

func shorten(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage/2]+" … "+message[len(message)-maxMessage/2:], "")
}

// templateAt is how Helm and text/template name the place of an error; they have no field for it.
var templateAt = regexp.MustCompile(`([^\s"'(<>:]+/(?:templates|crds|charts)/[^\s"')<>:]+)(?::(\d+))?`)

func (r *helmRender) location(err error) (string, int) {
	if err == nil {
		return "", 0
	}
	found := templateAt.FindStringSubmatch(err.Error())
	if found == nil {
		return repositoryPath(path.Join(r.source.root, "Chart.yaml")), 0
	}
	line, _ := strconv.Atoi(found[2])
	return r.folders.locate(found[1]), line
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

package operations

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// argoRunners says how the cases of an upstream test are put to this package.
var argoRunners = map[string]func(*argoTest) error{
	"TestGenerateParams": (*argoTest).fromClusters, "TestGenerateParamsGoTemplate": (*argoTest).fromClusters,
	"TestGenerateParamsForDuckType": (*argoTest).fromDecisions, "TestGenerateParamsForDuckTypeGoTemplate": (*argoTest).fromDecisions,
	"TestMatchValues": (*argoTest).fromElements, "TestMatchValuesGoTemplate": (*argoTest).fromElements,
	"TestTransForm": (*argoTest).fromSelectedClusters, "TestTransFormGoTemplate": (*argoTest).fromSelectedClusters,
	"TestInterpolateGeneratorError": (*argoTest).interpolate, "TestInterpolateGeneratorValuesHandling": (*argoTest).interpolate,
	"Test_generateParamsFromGitFile":                                  (*argoTest).fromOneFile,
	"TestGitGenerateParamsFromDirectories":                            (*argoTest).fromFolders,
	"TestGitGenerateParamsFromFiles":                                  (*argoTest).fromFiles,
	"TestGitGenerateParamsFromFilesGoTemplate":                        (*argoTest).fromFiles,
	"TestGitGenerateParamsFromDirectoriesGoTemplate":                  (*argoTest).fromFolders,
	"TestGitGeneratorParamsFromFilesWithExcludeOptionWithNewGlobbing": (*argoTest).fromFiles,
	"TestGitGeneratorParamsFromFilesWithExcludeOptionWithOldGlobbing": (*argoTest).fromFiles,
	"TestGitGeneratorParamsFromFilesWithExcludeOptionGoTemplate":      (*argoTest).fromFiles,
	"TestMatrixGenerate":                                              (*argoTest).matrix,
	"TestMatrixGenerateGoTemplate":                                    (*argoTest).matrix,
	"TestInterpolatedMatrixGenerate":                                  (*argoTest).matrix,
	"TestInterpolatedMatrixGenerateGoTemplate":                        (*argoTest).matrix,
	"TestMatrixGenerateListElementsYaml":                              (*argoTest).matrix,
	"TestMergeGenerate":                                               (*argoTest).merge,
	"TestParamSetsAreUniqueByMergeKeys":                               (*argoTest).unique,
	"TestPluginGenerateParams":                                        (*argoTest).fromPlugin,
	"TestSCMProviderGenerateParams":                                   (*argoTest).fromRepositories,
	"TestValueInterpolation":                                          (*argoTest).values,
	"TestValueInterpolationWithGoTemplating":                          (*argoTest).values,
	"Test_ApplyTemplatePatch":                                         (*argoTest).patch,
	"TestGenerateApplications":                                        (*argoTest).generate,
	"TestMergeTemplateApplications":                                   (*argoTest).mergeTemplate,
	"TestGenerateAppsUsingPullRequestGenerator":                       (*argoTest).wholeApps,
	"TestRenderTemplateParams":                                        (*argoTest).render,
	"TestRenderTemplateParamsGoTemplate":                              (*argoTest).render,
	"TestRenderTemplateParamsFinalizers":                              (*argoTest).finalizers,
	"TestRenderGeneratorParams_ValuesInterpolation":                   (*argoTest).renderGenerator,
}

var notRun = map[string]string{
	"Test_getDefaultRequeueAfter":       "when a controller looks again is nothing to the engine",
	"TestMatrixGetRequeueAfter":         "when a controller looks again is nothing to the engine",
	"TestAllowedSCMProviderPullRequest": "the engine asks no host",
	"TestAllowedSCMProvider":            "the engine asks no host",
	"TestGetTLSConfig":                  "the engine has no TLS",
}

type argoTest struct {
	argoCase
	clusters []declaredCluster
	tree     files
	stub     *stubGenerator
	samples  declaredSamples
	globbing bool
	// What the repository answers instead of content.
	fails string
}

// stubGenerator stands where a case replaces a generator by a mock.
type stubGenerator struct {
	params   []map[string]any
	template v1alpha1.ApplicationSetTemplate
	err      error
}

func (s *stubGenerator) GenerateParams(*v1alpha1.ApplicationSetGenerator, *v1alpha1.ApplicationSet, client.Client) ([]map[string]any, error) {
	return s.params, s.err
}

func (s *stubGenerator) GetRequeueAfter(*v1alpha1.ApplicationSetGenerator) time.Duration { return 0 }

func (s *stubGenerator) GetTemplate(*v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate {
	return &s.template
}

func (a *argoTest) run() (*setRun, error) {
	mounts := vfs.FromFiles(nil)
	request := &Request{FS: mounts, Remotes: func(wanted []protocol.Remote) error {
		if a.fails != "" {
			return errors.New(a.fails)
		}
		mounts.Mount(vfs.Mounted{At: wanted[0].At, Tree: vfs.LiteralTree(mounts, "t", a.tree)})
		return nil
	}}
	run := &setRun{request: request, budget: newBudget(request.Limits), warnings: map[string]bool{}}
	run.input = applicationSetInput{Clusters: a.clusters, Samples: a.samples, NewGitFileGlobbing: a.globbing, ApplicationNamespace: "namespace"}
	run.set.Name, run.set.Namespace = "set", "namespace"
	run.set.Spec.GoTemplate = a.goTemplate()
	var err error
	run.client, err = newSetClient(run)
	return run, err
}

// params are what a generator gives, at the top level of a set.
func (a *argoTest) params(generator v1alpha1.ApplicationSetGenerator) ([]map[string]any, error) {
	run, err := a.run()
	if err != nil {
		return nil, err
	}
	results, err := generators.Transform(generator, a.generators(run), run.set.Spec.Template, &run.set, nil, run.client)
	if err != nil {
		return nil, err
	}
	var all []map[string]any
	for _, result := range results {
		all = append(all, result.Params...)
	}
	return all, nil
}

// generators are those of the operation; where a case has a mock for one that reads a repository, that takes its place.
func (a *argoTest) generators(run *setRun) map[string]generators.Generator {
	all := setGenerators(run, &setPass{})
	if a.stub == nil {
		return all
	}
	terminal := maps.Clone(all)
	delete(terminal, "Matrix")
	delete(terminal, "Merge")
	terminal["Git"] = a.stub
	return withCombined(withCombined(terminal))
}

func (a *argoTest) expects(generator v1alpha1.ApplicationSetGenerator, expected, failure string) error {
	got, err := a.params(generator)
	if text := a.failure(failure); text != "" || err != nil {
		return failsAs(err, text)
	}
	var want []map[string]any
	if err := a.value(expected, &want); err != nil {
		return err
	}
	return equal(got, want)
}

// failure is a text, or the name of an error of Argo CD.
func (a *argoTest) failure(field string) string {
	var named map[string]string
	if text := a.text(field); text != "" || a.value(field, &named) != nil {
		return text
	}
	known := map[string]error{
		"ErrMoreThanTwoGenerators": generators.ErrMoreThanTwoGenerators, "ErrLessThanTwoGenerators": generators.ErrLessThanTwoGenerators,
		"ErrMoreThenOneInnerGenerators": generators.ErrMoreThenOneInnerGenerators, "ErrNoMergeKeys": generators.ErrNoMergeKeys,
		"ErrLessThanTwoGeneratorsInMerge": generators.ErrLessThanTwoGeneratorsInMerge,
	}
	name := named["$error"]
	if parts := strings.Split(name, "`"); len(parts) == 3 {
		return generators.ErrNonUniqueParamSets.Error() + ". Duplicate key was " + parts[1]
	}
	if known[name] != nil {
		return known[name].Error()
	}
	return name
}

// clustersOf takes the clusters of an upstream test from the parameters that its cases expect, as the cases leave them to
// the code around them.
func clustersOf(cases []argoCase) map[string][]declaredCluster {
	found := map[string]map[string]declaredCluster{}
	for _, one := range cases {
		var expected []map[string]any
		if one.value("expected", &expected) != nil {
			continue
		}
		if found[one.Func] == nil {
			found[one.Func] = map[string]declaredCluster{}
		}
		for _, params := range expected {
			if name, server := fmt.Sprint(params["name"]), fmt.Sprint(params["server"]); params["server"] != nil && name != "in-cluster" {
				found[one.Func][name] = clusterIn(params, name, server)
			}
		}
	}
	groups := map[string][]declaredCluster{}
	for group, clusters := range found {
		groups[group] = slices.Collect(maps.Values(clusters))
	}
	return groups
}

func clusterIn(params map[string]any, name, server string) declaredCluster {
	cluster := declaredCluster{Name: name, Server: server, Labels: map[string]string{}, Annotations: map[string]string{}}
	cluster.Project, _ = params["project"].(string)
	for key, value := range params {
		if label, isLabel := strings.CutPrefix(key, "metadata.labels."); isLabel {
			cluster.Labels[label] = fmt.Sprint(value)
		}
		if annotation, isAnnotation := strings.CutPrefix(key, "metadata.annotations."); isAnnotation {
			cluster.Annotations[annotation] = fmt.Sprint(value)
		}
	}
	var nested struct{ Labels, Annotations map[string]string }
	encoded, _ := json.Marshal(params["metadata"])
	_ = json.Unmarshal(encoded, &nested)
	maps.Copy(cluster.Labels, nested.Labels)
	maps.Copy(cluster.Annotations, nested.Annotations)
	return cluster
}

func (a *argoTest) fromClusters() error {
	if string(a.Case["clientError"]) == "true" {
		return skipped("the cluster that fails is a mock")
	}
	generator := &v1alpha1.ClusterGenerator{FlatList: string(a.Case["isFlatMode"]) == "true"}
	if err := errors.Join(a.typed("selector", &generator.Selector), a.value("values", &generator.Values)); err != nil {
		return err
	}
	return a.expects(v1alpha1.ApplicationSetGenerator{Clusters: generator}, "expected", "expectedError")
}

func (a *argoTest) fromSelectedClusters() error {
	generator := v1alpha1.ApplicationSetGenerator{Clusters: &v1alpha1.ClusterGenerator{}}
	if err := errors.Join(a.typed("selector", &generator.Selector), a.value("values", &generator.Clusters.Values)); err != nil {
		return err
	}
	return a.expects(generator, "expected", "")
}

func (a *argoTest) fromElements() error {
	generator := v1alpha1.ApplicationSetGenerator{List: &v1alpha1.ListGenerator{}}
	if err := errors.Join(a.typed("selector", &generator.Selector), a.typed("elements", &generator.List.Elements)); err != nil {
		return err
	}
	return a.expects(generator, "expected", "")
}

// fromDecisions joins the decisions of a case with its clusters, as a person who declares samples does.
func (a *argoTest) fromDecisions() error {
	var resource struct {
		Object struct {
			Status struct{ Decisions []map[string]any }
		}
	}
	var want []map[string]any
	if err := errors.Join(a.value("resource", &resource), a.value("expected", &want)); err != nil {
		return err
	}
	if a.text("expectedError") != "" || len(want) == 0 {
		return skipped("a resource of a cluster is chosen by Argo CD; samples are what it chose")
	}
	for _, decision := range resource.Object.Status.Decisions {
		for _, cluster := range a.clusters {
			if cluster.Name == decision["clusterName"] {
				decision["name"], decision["server"] = cluster.Name, cluster.Server
			}
		}
		encoded, _ := json.Marshal(decision)
		a.samples.ClusterDecisionResource = append(a.samples.ClusterDecisionResource, encoded)
	}
	generator := &v1alpha1.DuckTypeGenerator{}
	if err := a.value("values", &generator.Values); err != nil {
		return err
	}
	return a.expects(v1alpha1.ApplicationSetGenerator{ClusterDecisionResource: generator}, "expected", "")
}

func (a *argoTest) fromOneFile() error {
	var arguments struct {
		FilePath, FileContent, PathParamPrefix string
		Values                                 map[string]string
		UseGoTemplate                          bool
	}
	if err := a.value("args", &arguments); err != nil {
		return err
	}
	if arguments.UseGoTemplate {
		a.Func += "GoTemplate"
	}
	a.tree = files{arguments.FilePath: arguments.FileContent}
	failure := ""
	if string(a.Case["wantErr"]) == "true" {
		a.Case["wantErr"], failure = json.RawMessage(`"unable to process file"`), "wantErr"
	}
	git := &v1alpha1.GitGenerator{RepoURL: "r", Files: []v1alpha1.GitFileGeneratorItem{{Path: arguments.FilePath}}, Values: arguments.Values, PathParamPrefix: arguments.PathParamPrefix}
	return a.expects(v1alpha1.ApplicationSetGenerator{Git: git}, "want", failure)
}

func (a *argoTest) fromFolders() error {
	a.fails = a.text("repoError")
	git := &v1alpha1.GitGenerator{RepoURL: "r", PathParamPrefix: a.text("pathParamPrefix")}
	var listed []string
	if err := errors.Join(a.typed("directories", &git.Directories), a.value("values", &git.Values), a.value("repoApps", &listed)); err != nil {
		return err
	}
	a.tree = files{}
	for _, folder := range listed {
		a.tree[folder+"/file"] = ""
	}
	got, err := a.params(v1alpha1.ApplicationSetGenerator{Git: git})
	if a.fails != "" || err != nil {
		return failsAs(err, a.fails)
	}
	// A real listing has the folders above those that the case lists, too.
	got = slices.DeleteFunc(got, func(params map[string]any) bool { return !slices.Contains(listed, pathIn(params, git.PathParamPrefix)) })
	var want []map[string]any
	if err := a.value("expected", &want); err != nil {
		return err
	}
	return equal(got, want)
}

func pathIn(params map[string]any, prefix string) string {
	if nested, isNested := params[prefix].(map[string]any); isNested {
		params = nested
	}
	if fields, isObject := params["path"].(map[string]any); isObject {
		return fmt.Sprint(fields["path"])
	}
	return fmt.Sprint(params[strings.TrimPrefix(prefix+".path", ".")])
}

func (a *argoTest) fromFiles() error {
	a.fails = a.text("repoPathsError")
	git := &v1alpha1.GitGenerator{RepoURL: "RepoURL"}
	a.tree, a.globbing = files{}, strings.Contains(a.Func, "NewGlobbing")
	for _, field := range []string{"repoFileContents", "includeFiles", "excludeFiles", "noMatchFiles"} {
		if err := a.value(field, &a.tree); err != nil {
			return err
		}
	}
	if err := errors.Join(a.typed("files", &git.Files), a.value("values", &git.Values)); err != nil {
		return err
	}
	if !a.globbing && a.Case["excludeFiles"] != nil && !a.mockIsGit() {
		return skipped("the mock for the repository lists what Git does not")
	}
	return a.expects(v1alpha1.ApplicationSetGenerator{Git: git}, "expected", "expectedError")
}

// mockIsGit says whether `git ls-files` finds what the case says that it finds: p1/**/x is not p1/x to Git.
func (a *argoTest) mockIsGit() bool {
	var excluded map[string]string
	var patterns []string
	if a.value("excludeFiles", &excluded) != nil || a.value("excludePattern", &patterns) != nil {
		return false
	}
	for name := range excluded {
		matches := func(pattern string) bool {
			spec, err := parsePathspec(pattern)
			return err == nil && spec.matches(name)
		}
		if !slices.ContainsFunc(patterns, matches) {
			return false
		}
	}
	return true
}

// matrix gives the mock for Git the parameters that upstream's has: the part of the expected ones that is about paths.
func (a *argoTest) matrix() error {
	generator := v1alpha1.ApplicationSetGenerator{Matrix: &v1alpha1.MatrixGenerator{}}
	var want []map[string]any
	if err := errors.Join(a.typed("baseGenerators", &generator.Matrix.Generators), a.value("expected", &want)); err != nil {
		return err
	}
	a.stub = &stubGenerator{}
	seen := map[string]bool{}
	for _, params := range want {
		paths := maps.Clone(params)
		maps.DeleteFunc(paths, func(key string, _ any) bool { return !strings.HasPrefix(key, "path") && key != "foo" })
		if text := normal(paths); !seen[text] {
			seen[text] = true
			a.stub.params = append(a.stub.params, paths)
		}
	}
	if strings.Contains(a.Func, "ElementsYaml") {
		a.Func += "GoTemplate"
	}
	return a.expects(generator, "expected", "expectedErr")
}

func (a *argoTest) merge() error {
	generator := v1alpha1.ApplicationSetGenerator{Merge: &v1alpha1.MergeGenerator{}}
	if err := errors.Join(a.typed("baseGenerators", &generator.Merge.Generators), a.value("mergeKeys", &generator.Merge.MergeKeys)); err != nil {
		return err
	}
	return a.expects(generator, "expected", "expectedErr")
}

// unique merges parameter sets with themselves: what is unique comes out as it was.
func (a *argoTest) unique() error {
	git := v1alpha1.ApplicationSetNestedGenerator{Git: &v1alpha1.GitGenerator{}}
	generator := v1alpha1.ApplicationSetGenerator{Merge: &v1alpha1.MergeGenerator{Generators: v1alpha1.ApplicationSetNestedGenerators{git, git}}}
	a.stub = &stubGenerator{}
	var want map[string]any
	if err := errors.Join(a.value("mergeKeys", &generator.Merge.MergeKeys), a.value("paramSets", &a.stub.params), a.value("expected", &want)); err != nil {
		return err
	}
	if want["$expr"] != nil {
		want = nil
	}
	encoded, _ := json.Marshal(slices.Collect(maps.Values(want)))
	a.Case["sets"] = encoded
	return a.expects(generator, "sets", "expectedErr")
}

func (a *argoTest) fromPlugin() error {
	if a.text("expectedError") != "" {
		return skipped("what a plugin refuses is not asked")
	}
	var answer struct {
		Output struct{ Parameters []json.RawMessage }
	}
	plugin := &v1alpha1.PluginGenerator{ConfigMapRef: v1alpha1.PluginConfigMapRef{Name: "cm"}}
	err := errors.Join(json.Unmarshal([]byte(a.text("content")), &answer), a.typed("inputParameters", &plugin.Input.Parameters), a.value("values", &plugin.Values))
	if err != nil {
		return err
	}
	a.samples.Plugin = map[string][]json.RawMessage{"cm": append([]json.RawMessage{}, answer.Output.Parameters...)}
	if string(a.Case["gotemplate"]) == "true" {
		a.Func += "GoTemplate"
	}
	var want []map[string]any
	if err := a.value("expected", &want); err != nil {
		return err
	}
	for _, params := range want {
		var input struct{ Input v1alpha1.PluginInput }
		encoded := a.Case["inputParameters"]
		if err := (argoCase{Case: map[string]json.RawMessage{"p": encoded}}).typed("p", &input.Input.Parameters); err != nil {
			return err
		}
		params["generator"] = map[string]any{"input": map[string]any{"parameters": input.Input.Parameters}}
	}
	a.Case["expected"], _ = json.Marshal(want)
	return a.expects(v1alpha1.ApplicationSetGenerator{Plugin: plugin}, "expected", "")
}

// fromRepositories declares the parameters without the values that the generator adds.
func (a *argoTest) fromRepositories() error {
	var samples []map[string]any
	generator := &v1alpha1.SCMProviderGenerator{}
	if err := errors.Join(a.value("expected", &samples), a.value("values", &generator.Values)); err != nil {
		return err
	}
	for _, sample := range samples {
		maps.DeleteFunc(sample, func(key string, _ any) bool { return strings.HasPrefix(key, "values") })
		encoded, _ := json.Marshal(sample)
		a.samples.SCMProvider = append(a.samples.SCMProvider, encoded)
	}
	return a.expects(v1alpha1.ApplicationSetGenerator{SCMProvider: generator}, "expected", "")
}

func (a *argoTest) values() error {
	var params, want map[string]any
	var values map[string]string
	if err := errors.Join(a.value("params", &params), a.value("values", &values), a.value("expected", &want)); err != nil {
		return err
	}
	set := &v1alpha1.ApplicationSet{Spec: v1alpha1.ApplicationSetSpec{GoTemplate: a.goTemplate()}}
	got, err := withValues(params, values, set)
	if err != nil {
		return err
	}
	return equal(got, want)
}

func (a *argoTest) interpolate() error {
	var arguments map[string]json.RawMessage
	if err := a.value("args", &arguments); err != nil {
		return err
	}
	inner := argoCase{Case: arguments}
	var generator *v1alpha1.ApplicationSetGenerator
	var want v1alpha1.ApplicationSetGenerator
	var params map[string]any
	var options []string
	err := errors.Join(inner.typed("requestedGenerator", &generator), inner.value("params", &params), inner.value("goTemplateOptions", &options), a.typed("want", &want))
	if err != nil {
		return err
	}
	got, err := generators.InterpolateGenerator(generator, params, string(arguments["useGoTemplate"]) == "true", options)
	if text := a.text("expectedErrStr"); text != "" || err != nil {
		return failsAs(err, text)
	}
	return equal(got, want)
}

func (a *argoTest) renderGenerator() error {
	var generator v1alpha1.ApplicationSetGenerator
	var params map[string]any
	var options []string
	var clusters, git map[string]string
	err := errors.Join(a.typed("gen", &generator), a.value("params", &params), a.value("goTemplateOptions", &options), a.value("expectedClusterValues", &clusters), a.value("expectedGitValues", &git))
	if err != nil {
		return err
	}
	got, err := (&utils.Render{}).RenderGeneratorParams(&generator, params, string(a.Case["useGoTemplate"]) == "true", options)
	if text := a.text("expectErr"); text != "" || err != nil {
		return failsAs(err, text)
	}
	if clusters != nil {
		return equal(got.Clusters.Values, clusters)
	}
	return equal(got.Git.Values, git)
}

// apps are those of a set with this template and one mocked generator.
func (a *argoTest) apps(spec v1alpha1.ApplicationSetSpec, stub *stubGenerator) ([]v1alpha1.Application, error) {
	run, err := a.run()
	if err != nil {
		return nil, err
	}
	spec.GoTemplate = a.goTemplate()
	spec.Generators = []v1alpha1.ApplicationSetGenerator{{Git: &v1alpha1.GitGenerator{}}}
	run.set.Spec = spec
	functions := newTemplateFunctions(0, run.budget.outputBytes())
	defer replaceFunctions(functions)()
	return run.render(a.withStub(run, stub))
}

func (a *argoTest) withStub(run *setRun, stub *stubGenerator) map[string]generators.Generator {
	a.stub = stub
	return a.generators(run)
}

func (a *argoTest) generate() error {
	stub := &stubGenerator{}
	var spec v1alpha1.ApplicationSetSpec
	if err := errors.Join(a.value("params", &stub.params), a.typed("template", &spec.Template)); err != nil {
		return err
	}
	if a.text("rendererError") != "" {
		return skipped("the renderer that fails is a mock")
	}
	if text := a.text("generateParamsError"); text != "" {
		stub.err = errors.New(text)
	}
	got, err := a.apps(spec, stub)
	if stub.err != nil {
		return failsAs(err, stub.err.Error())
	}
	return errors.Join(err, equal(len(got), len(stub.params)))
}

func (a *argoTest) mergeTemplate() error {
	stub := &stubGenerator{}
	var spec v1alpha1.ApplicationSetSpec
	var merged v1alpha1.ApplicationSetTemplate
	err := errors.Join(a.value("params", &stub.params), a.typed("template", &spec.Template), a.typed("overrideTemplate", &stub.template), a.typed("expectedMerged", &merged))
	if err != nil {
		return err
	}
	got, err := a.apps(spec, stub)
	if err != nil {
		return err
	}
	return equal([]any{got[0].Name, got[0].Namespace, got[0].Labels}, []any{merged.Name, merged.Namespace, merged.Labels})
}

func (a *argoTest) wholeApps() error {
	stub := &stubGenerator{}
	var spec v1alpha1.ApplicationSetSpec
	var want []v1alpha1.Application
	if err := errors.Join(a.value("params", &stub.params), a.typed("template", &spec.Template), a.typed("expectedApp", &want)); err != nil {
		return err
	}
	a.Func += "GoTemplate"
	got, err := a.apps(spec, stub)
	if err != nil {
		return err
	}
	return errors.Join(equal(len(got), 1), equal([]any{got[0].Name, got[0].Labels, got[0].Spec}, []any{want[0].Name, want[0].Labels, want[0].Spec}))
}

func (a *argoTest) patch() error {
	var template, want v1alpha1.Application
	if err := errors.Join(a.typed("appTemplate", &template), a.typed("expectedApp", &want)); err != nil {
		return err
	}
	patch := a.text("templatePatch")
	spec := v1alpha1.ApplicationSetSpec{TemplatePatch: &patch, Template: v1alpha1.ApplicationSetTemplate{Spec: template.Spec}}
	spec.Template.Name, spec.Template.Labels = template.Name, template.Labels
	spec.Template.Annotations, spec.Template.Finalizers = template.Annotations, template.Finalizers
	// Upstream patches an app that nothing has rendered, so none has got a finalizer.
	spec.SyncPolicy = &v1alpha1.ApplicationSetSyncPolicy{PreserveResourcesOnDeletion: len(template.Finalizers) == 0}
	got, err := a.apps(spec, &stubGenerator{params: []map[string]any{{"any": "thing"}}})
	if err != nil {
		return err
	}
	first, err := applicationObject(&got[0])
	second, wantErr := applicationObject(&want)
	return errors.Join(err, wantErr, equal(first.Manifest, second.Manifest))
}

// render puts the text of a case into each field that upstream tries.
func (a *argoTest) render() error {
	var params map[string]any
	var options []string
	if err := errors.Join(a.value("params", &params), a.value("templateOptions", &options)); err != nil {
		return err
	}
	if strings.Contains(string(a.Case["params"]), `"$expr"`) {
		return skipped("a value of the case is code")
	}
	text := a.text("fieldVal")
	spec := v1alpha1.ApplicationSetSpec{GoTemplateOptions: options}
	spec.Template.Name = "application-one"
	spec.Template.Spec = v1alpha1.ApplicationSpec{
		Project: text, Source: &v1alpha1.ApplicationSource{Path: text, RepoURL: text, TargetRevision: text, Chart: text},
		Destination: v1alpha1.ApplicationDestination{Server: text, Namespace: text, Name: text},
	}
	got, err := a.apps(spec, &stubGenerator{params: []map[string]any{params}})
	if failure := a.text("errorMessage"); failure != "" || err != nil {
		return failsAs(err, failure)
	}
	app := got[0].Spec
	fields := []string{app.Project, app.Source.Path, app.Source.RepoURL, app.Source.TargetRevision, app.Source.Chart, app.Destination.Server, app.Destination.Namespace, app.Destination.Name}
	return equal(fields, slices.Repeat([]string{a.text("expectedVal")}, len(fields)))
}

func (a *argoTest) finalizers() error {
	var spec v1alpha1.ApplicationSetSpec
	var want []string
	err := errors.Join(a.typed("existingFinalizers", &spec.Template.Finalizers), a.typed("syncPolicy", &spec.SyncPolicy), a.typed("expectedFinalizers", &want))
	if err != nil {
		return err
	}
	got, err := a.apps(spec, &stubGenerator{params: []map[string]any{{"any": "thing"}}})
	if err != nil {
		return err
	}
	return equal(got[0].Finalizers, want)
}

package operations

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// chartsFolder is the component that stands for the charts of a kustomization. Components are read after the generators, of which
// charts are the last, and before the transformers: https://github.com/kubernetes-sigs/kustomize/blob/api/v0.21.3/api/internal/target/kusttarget.go (accumulateTarget)
const (
	chartsFolder    = ".presync-charts"
	chartsComponent = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [charts.yaml]\n"
)

var chartFields = []string{"helmCharts", "helmChartInflationGenerator"}

// chartInflater does what Kustomize starts helm for:
// https://github.com/kubernetes-sigs/kustomize/blob/api/v0.21.3/api/internal/builtins/HelmChartInflationGenerator.go
type chartInflater struct {
	request      *Request
	restrictions types.LoadRestrictions
	// What charts get that name none themselves.
	kubeVersion string
	apiVersions []string
	exactAPIs   bool
	resources   *resmap.Factory
	trail       namespaceTrail
	// See templateFunctions: what the charts used, and whether a second build may differ.
	variant  int
	cluster  clusterState
	asked    *clusterQuestions
	varied   bool
	uses     map[string]bool
	warnings map[string]bool
	// What was rendered, for a base that is read again and again.
	known map[string]inflated
}

// inflated is what the charts of one kustomization render to; documents say where the objects are written.
type inflated struct {
	text      []byte
	documents []namedDocument
}

func newChartInflater(files *buildFS, input kustomizeInput, restrictions types.LoadRestrictions) *chartInflater {
	return &chartInflater{
		request:      files.rewriter.request,
		restrictions: restrictions,
		kubeVersion:  withoutVendor(input.KubeVersion),
		apiVersions:  input.APIVersions,
		exactAPIs:    input.exactAPIs,
		asked:        newClusterQuestions(),
		resources:    resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()),
		uses:         map[string]bool{},
		warnings:     map[string]bool{},
		known:        map[string]inflated{},
	}
}

func (c *chartInflater) said() []string {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.warnings))
}

// addVariants builds again where a chart may render to something else each time.
func (c *chartInflater) addVariants(result *Result, build func() ([]Object, error)) error {
	if c == nil {
		return nil
	}
	shown, value, variants := [][]Object{slices.Clone(result.Objects)}, map[string]any{}, []variant(nil)
	if c.varied {
		c.variant = 1
		second, err := build()
		if err != nil {
			return fmt.Errorf("the charts render only with some random values or at some times: %w", err)
		}
		shown = append(shown, second)
		if variants = markVolatile(result, len(result.Objects), second); len(variants) > 0 {
			c.uses["random"] = c.uses["random"] || !c.uses["now"]
		}
	}
	if c.asked.any() {
		found, err := c.tryClusters(shown, build)
		if err != nil {
			return err
		}
		variants = append(variants, found.forms...)
		value["cluster"] = found.value(c.asked)
	}
	if len(variants) > 0 {
		value["variants"] = variants
	}
	if len(value) > 0 {
		result.Value = value
	}
	c.uses["capabilities"] = c.asked.any()
	result.Uses = usedNames(c.uses)
	return nil
}

// tryClusters builds again for each cluster that may be the real one.
func (c *chartInflater) tryClusters(shown [][]Object, build func() ([]Object, error)) (*clusterDependence, error) {
	tries := &trial{asked: c.asked, shown: shown, refusals: c.warnings}
	tries.render = func(pass int, state clusterState) ([]Object, error) {
		c.variant, c.cluster = pass, state
		return build()
	}
	return tries.run(newBudget(c.request.Limits))
}

// chartEntries are the files that charts name and that may be at a URL.
func chartEntries(fields map[string]any) []entry {
	var found []entry
	for _, item := range itemsOf(fields, "helmCharts") {
		found = append(found, fieldEntries(item, "valuesFile")...)
	}
	for _, item := range itemsOf(fields, "helmChartInflationGenerator") {
		found = append(found, fieldEntries(item, "values")...)
	}
	return found
}

// inflateAll puts what the charts of a kustomization render to in the place of their fields; false where it names none.
func (c *chartInflater) inflateAll(r *rewriter, at string, fields map[string]any) (bool, error) {
	if c == nil {
		return false, nil
	}
	folder := path.Dir(at)
	namespace := c.trail.enter(folder, textIn(fields, "namespace"), namedFolders(r.files, folder, fields))
	if !slices.ContainsFunc(chartFields, func(field string) bool { return len(valuesOf(fields, field)) > 0 }) {
		return false, nil
	}
	key := fmt.Sprint(c.variant, " ", c.cluster.key(), " ", namespace, " ", at)
	made, done := c.known[key]
	if !done {
		encoded, err := yaml.Marshal(fields)
		if err != nil {
			return false, err
		}
		var kustomization types.Kustomization
		if kustomization.Unmarshal(encoded) != nil {
			return false, nil // the build says better what is wrong with it
		}
		kustomization.FixKustomization()
		if made, err = c.inflateCharts(r, at, &kustomization, namespace); err != nil {
			return false, err
		}
		c.known[key] = made
	}
	layer := r.layers[folder]
	layer.generated = append(layer.generated, made.documents...)
	r.layers[folder] = layer
	r.putCharts(folder, fields, made.text)
	return true, nil
}

func (c *chartInflater) inflateCharts(r *rewriter, at string, kustomization *types.Kustomization, namespace string) (inflated, error) {
	var made inflated
	rendered := resmap.New()
	for _, chart := range kustomization.HelmCharts {
		use := &chartUse{HelmChart: chart, at: at, rewriter: r, inflater: c}
		if kustomization.HelmGlobals != nil {
			use.home = kustomization.HelmGlobals.ChartHome
		}
		if use.Namespace == "" {
			use.Namespace = namespace
		}
		objects, documents, err := c.inflate(use)
		if err != nil {
			return made, err
		}
		if err := rendered.AppendAll(objects); err != nil {
			return made, buildErrorAt(at, fmt.Errorf("the chart %s: %w", chart.Name, err))
		}
		made.documents = append(made.documents, documents...)
	}
	if rendered.Size() == 0 {
		return made, nil
	}
	var err error
	made.text, err = rendered.AsYaml()
	return made, err
}

// putCharts replaces the fields by a component with what they stand for.
func (r *rewriter) putCharts(folder string, fields map[string]any, text []byte) {
	components := itemsOf(fields, "components")
	for _, field := range append(slices.Clone(chartFields), "helmGlobals", "components") {
		maps.DeleteFunc(fields, func(key string, _ any) bool { return strings.EqualFold(key, field) })
	}
	if text != nil {
		own := path.Join(folder, chartsFolder)
		r.files.WriteFile(path.Join(own, "kustomization.yaml"), []byte(chartsComponent))
		r.files.WriteFile(path.Join(own, "charts.yaml"), text)
		r.written[chartsFolder] = "helmCharts"
		components = append([]any{chartsFolder}, components...)
	}
	if len(components) > 0 {
		fields["components"] = components
	}
	if len(itemsOf(fields, "resources")) == 0 {
		fields["resources"] = []any{} // Kustomize refuses a kustomization without any field
	}
}

// inflate renders one chart; documents say where its objects are written.
func (c *chartInflater) inflate(use *chartUse) (resmap.ResMap, []namedDocument, error) {
	job, err := use.job()
	if err != nil {
		return nil, nil, err
	}
	render, err := newHelmRender(c.request, job)
	if err != nil {
		return nil, nil, err
	}
	render.asked = c.asked
	output, err := render.run(helmPass{variant: c.variant, values: render.values, cluster: c.cluster})
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(c.uses, output.functions.uses)
	c.varied = c.varied || output.functions.varied
	for _, warning := range render.warnings {
		c.warnings[fmt.Sprintf("the chart %s: %s", use.Name, warning)] = true
	}
	objects, err := c.parse([]byte(output.text))
	if err != nil {
		return nil, nil, buildErrorAt(use.at, fmt.Errorf("the chart %s: %w", use.Name, err))
	}
	for _, object := range objects.Resources() {
		// The namespace transformer leaves out what has this: Helm has set the namespace already.
		if err := object.PipeE(kyaml.SetAnnotation(konfig.HelmGeneratedAnnotation, "true")); err != nil {
			return nil, nil, err
		}
	}
	return objects, chartDocuments(output.objects, ownPath(use.at)), nil
}

// parse takes away what stands before the first document where the whole is not YAML, as Kustomize does.
func (c *chartInflater) parse(text []byte) (resmap.ResMap, error) {
	objects, failed := c.resources.NewResMapFromBytes(text)
	if failed == nil {
		return objects, nil
	}
	nodes, err := (&kio.ByteReader{Reader: bytes.NewReader(text), OmitReaderAnnotations: true}).Read()
	if err != nil || len(nodes) == 0 {
		return nil, failed
	}
	return c.resources.NewResMapFromRNodeSlice(nodes)
}

// chartDocuments: what has no line in this repository comes from the kustomization that names the chart.
func chartDocuments(objects []Object, kustomization string) []namedDocument {
	var documents []namedDocument
	for _, object := range objects {
		var named head
		origin := object.Origin
		if origin.Path == "" {
			origin.Path = kustomization
		}
		if origin.Path == "" || json.Unmarshal(object.Manifest, &named) != nil {
			continue
		}
		documents = append(documents, namedDocument{named.Kind, named.Metadata.Name, named.Metadata.Namespace, origin})
	}
	return documents
}

package operations

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/chartutil"
	"github.com/fluxcd/pkg/envsubst"
	"github.com/fluxcd/pkg/envsubst/parse"
	fluxkustomize "github.com/fluxcd/pkg/kustomize"
	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
	"helm.sh/helm/v4/pkg/chart/common"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// fluxCase is a row of a table test of fluxcd/pkg; what was an expression there is {"$expr": "…"}.
type fluxCase struct {
	File  string          `json:"file"`
	Func  string          `json:"func"`
	Index int             `json:"index"`
	Case  json.RawMessage `json:"case"`
}

// fluxCases run one row each; tests that need files of upstream or a cluster are not among them.
var fluxCases = map[string]func(t *testing.T, row json.RawMessage){
	"TestExpand":                    runExpand,
	"TestExpandStrict":              runExpandStrict,
	"TestParse":                     runParse,
	"TestChartValuesFromReferences": runValuesFrom,
	"TestReplacePathValue":          runReplacePath(chartutil.ReplacePathValue),
	"TestReplacePathLiteralValue":   runReplacePath(chartutil.ReplacePathLiteralValue),
	"Test_Components":               runComponents,
	"Test_Images":                   runImages,
	"Test_IsLocalRelativePath":      runLocalPath,
	"Test_IgnoreMissingComponents":  runMissingComponents,
	"TestReadPatterns":              runIgnore(func([]string) []gitignore.Pattern { return nil }),
	"TestVCSPatterns":               runIgnore(sourceignore.VCSPatterns),
	"TestDefaultPatterns":           runIgnore(sourceignore.DefaultPatterns),
}

// minFluxCases is how many of the rows are pure data.
const minFluxCases = 171

// The cases of upstream that are pure data, as the linked packages and what lies around them here answer them.
func TestFluxConformance(t *testing.T) {
	folder := os.Getenv("PRESYNC_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared")
	}
	file, err := os.Open(filepath.Join(folder, "conformance", "flux_pkg_cases.jsonl.gz"))
	if err != nil {
		t.Skipf("public test data not there (%s); set PRESYNC_TEST_DATA", folder)
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row fluxCase
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		run, isPure := fluxCases[row.Func]
		if !isPure {
			continue
		}
		count++
		t.Run(row.Func+" "+strconv.Itoa(row.Index), func(t *testing.T) { run(t, row.Case) })
	}
	t.Logf("%d cases of fluxcd/pkg", count)
	if lines.Err() != nil || count < minFluxCases {
		t.Errorf("%d cases, %d are expected: %v", count, minFluxCases, lines.Err())
	}
}

func readCase[T any](t *testing.T, row json.RawMessage) T {
	t.Helper()
	var read T
	if err := json.Unmarshal(row, &read); err != nil {
		t.Fatalf("%v in %s", err, row)
	}
	return read
}

type expandCase struct {
	Input, Output string
	Params        map[string]string
	WantErr       any
}

func runExpand(t *testing.T, row json.RawMessage) {
	test := readCase[expandCase](t, row)
	got, err := envsubst.Eval(test.Input, func(name string) (string, bool) { return test.Params[name], true })
	if err != nil || got != test.Output {
		t.Errorf("%s: %q, %v; want %q", test.Input, got, err, test.Output)
	}
}

func runExpandStrict(t *testing.T, row json.RawMessage) {
	test := readCase[expandCase](t, row)
	got, err := envsubst.Eval(test.Input, func(name string) (string, bool) {
		value, set := test.Params[name]
		return value, set
	})
	if (err != nil) != (test.WantErr != nil) || (err == nil && got != test.Output) {
		t.Errorf("%s: %q, %v; want %q, %v", test.Input, got, err, test.Output, test.WantErr)
	}
}

func runParse(t *testing.T, row json.RawMessage) {
	test := readCase[struct {
		Text string
		Node any
	}](t, row)
	tree, err := parse.Parse(test.Text)
	if err != nil {
		t.Fatal(err)
	}
	encoded, _ := json.Marshal(tree.Root)
	var got any
	_ = json.Unmarshal(encoded, &got)
	same(t, test.Text, withoutEmpty(got), withoutEmpty(test.Node))
}

// withoutEmpty leaves out fields of which a table row says nothing.
func withoutEmpty(value any) any {
	switch value := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, field := range value {
			if field = withoutEmpty(field); field != nil && field != "" && name != "$expr" {
				kept[name] = field
			}
		}
		return kept
	case []any:
		if len(value) == 0 {
			return nil
		}
		kept := make([]any, len(value))
		for at, item := range value {
			kept[at] = withoutEmpty(item)
		}
		return kept
	}
	return value
}

type valuesFromCase struct {
	References []struct {
		Kind                        any
		Name, ValuesKey, TargetPath string
		Optional, Literal           bool
	}
	Resources []struct {
		Expression string `json:"$expr"`
	}
	Values  string
	Want    map[string]any
	WantErr bool
}

// runValuesFrom goes the way of helmrelease.render.
func runValuesFrom(t *testing.T, row json.RawMessage) {
	test := readCase[valuesFromCase](t, row)
	release := &fluxRelease{}
	release.Metadata.Name = "case"
	inline, err := yaml.YAMLToJSON([]byte(test.Values))
	if err != nil {
		t.Fatal(err)
	}
	release.Spec.Values = inline
	for _, from := range test.References {
		kind, isText := from.Kind.(string)
		if named, isExpression := from.Kind.(map[string]any); !isText && isExpression {
			kind = strings.TrimPrefix(named["$expr"].(string), "kind")
		}
		release.Spec.ValuesFrom = append(release.Spec.ValuesFrom, meta.ValuesReference{
			Kind: kind, Name: from.Name, ValuesKey: from.ValuesKey, TargetPath: from.TargetPath, Optional: from.Optional, Literal: from.Literal,
		})
	}
	var references []reference
	for _, resource := range test.Resources {
		references = append(references, readMock(t, resource.Expression))
	}
	values, err := newReleaseValues(release, references, newBudget(protocol.Limits{}))
	var got map[string]any
	if err == nil {
		got, err = values.compose(0)
	}
	if (err != nil) != test.WantErr {
		t.Fatalf("got %v", err)
	}
	if err == nil {
		sameJSON(t, got, test.Want)
	}
}

var (
	mockCall  = regexp.MustCompile(`^mock(ConfigMap|Secret)\("([^"]+)", `)
	mockEntry = regexp.MustCompile("(?s)(\"[^\"]+\"): (?:\\[\\]byte\\()?(`[^`]*`|\"(?:[^\"\\\\]|\\\\.)*\")")
)

// readMock reads mockConfigMap("name", map[string]string{"key": `value`}) and the same of a Secret.
func readMock(t *testing.T, expression string) reference {
	t.Helper()
	call := mockCall.FindStringSubmatch(expression)
	if call == nil {
		t.Fatalf("not a mock: %s", expression)
	}
	mock := reference{Kind: call[1], Name: call[2], Data: map[string]string{}}
	for _, entry := range mockEntry.FindAllStringSubmatch(expression[len(call[0]):], -1) {
		key, keyErr := strconv.Unquote(entry[1])
		value, valueErr := strconv.Unquote(entry[2])
		if keyErr != nil || valueErr != nil {
			t.Fatalf("not a text: %s", entry[0])
		}
		mock.Data[key] = value
	}
	return mock
}

func sameJSON(t *testing.T, got, want any) {
	t.Helper()
	gotText, _ := json.Marshal(got)
	wantText, _ := json.Marshal(want)
	same(t, "JSON", string(gotText), string(wantText))
}

func runReplacePath(replace func(common.Values, string, string) error) func(*testing.T, json.RawMessage) {
	return func(t *testing.T, row json.RawMessage) {
		test := readCase[struct {
			Path, Value string
			Want        map[string]any
		}](t, row)
		got := common.Values{}
		if err := replace(got, test.Path, test.Value); err != nil {
			t.Fatal(err)
		}
		// One row builds its list by an expression.
		if list, isExpression := test.Want["name"].(map[string]any); isExpression {
			var items []any
			for _, quoted := range regexp.MustCompile(`"[a-z]"`).FindAllString(list["$expr"].(string), -1) {
				items = append(items, strings.Trim(quoted, `"`))
			}
			test.Want["name"] = items
		}
		sameJSON(t, got, test.Want)
	}
}

// generatedFor is the kustomization that flux.build makes for a folder.
func generatedFor(t *testing.T, content files, spec map[string]any) map[string]any {
	t.Helper()
	request := &Request{FS: mountOf(t, content)}
	built := newBuildFS(request, "/")
	built.source = newSourceFilter(request.FS, "")
	if err := generateKustomization(built, unstructured.Unstructured{Object: fluxObject(spec)}); err != nil {
		t.Fatal(err)
	}
	text, err := built.ReadFile("/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var generated map[string]any
	if err := yaml.Unmarshal(text, &generated); err != nil {
		t.Fatal(err)
	}
	return generated
}

const aComponent = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n"

func runComponents(t *testing.T, row json.RawMessage) {
	test := readCase[struct {
		Dir                                string
		FluxComponents, ExpectedComponents []any
	}](t, row)
	content := files{"componentA/kustomization.yaml": aComponent, "componentB/kustomization.yaml": aComponent, "componentC/kustomization.yaml": aComponent}
	content["kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
	if test.Dir == "components" {
		content["kustomization.yaml"] += "components: [componentA]\n"
	}
	generated := generatedFor(t, content, map[string]any{"components": test.FluxComponents})
	same(t, "components", generated["components"], any(test.ExpectedComponents))
}

func runMissingComponents(t *testing.T, row json.RawMessage) {
	test := readCase[struct {
		Components, ExpectedComponents       []any
		ExpectError, IgnoreMissingComponents bool
	}](t, row)
	content := files{"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": deployment, "existing-component/kustomization.yaml": aComponent}
	spec := map[string]any{"components": test.Components, "ignoreMissingComponents": test.IgnoreMissingComponents}
	generated := generatedFor(t, content, spec)
	listed, _ := generated["components"].([]any)
	same(t, "components", listed, test.ExpectedComponents)
	_, err := call(t, fluxBuild, content, map[string]any{"path": "/", "kustomization": fluxObject(spec)})
	if (err != nil) != test.ExpectError {
		t.Errorf("got %v", err)
	}
}

func runImages(t *testing.T, row json.RawMessage) {
	test := readCase[struct {
		ExistingImages, FluxImages, ExpectedImages []map[string]any
		ExpectedImage                              string
	}](t, row)
	const image = "ghcr.io/example/app"
	existing, _ := json.Marshal(map[string]any{"resources": []string{"app.yaml"}, "images": inLowerCase(test.ExistingImages)})
	content := files{
		"kustomization.yaml": string(existing),
		"app.yaml":           "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{name: app, image: " + image + "}]}}}\n",
	}
	spec := map[string]any{"images": inLowerCase(test.FluxImages)}
	sameJSON(t, generatedFor(t, content, spec)["images"], inLowerCase(test.ExpectedImages))
	result, err := call(t, fluxBuild, content, map[string]any{"path": "/", "kustomization": fluxObject(spec)})
	if got := manifests(t, result, err); test.ExpectedImage != "" && !strings.Contains(got, `"image":"`+test.ExpectedImage+`"`) {
		t.Errorf("%s is not in %s", test.ExpectedImage, got)
	}
}

// inLowerCase turns the names of Go fields into those of the API.
func inLowerCase(images []map[string]any) []any {
	all := []any{}
	for _, image := range images {
		fields := map[string]any{}
		for name, value := range image {
			fields[strings.ToLower(name[:1])+name[1:]] = value
		}
		all = append(all, fields)
	}
	return all
}

func runLocalPath(t *testing.T, row json.RawMessage) {
	test := readCase[struct {
		Path     string
		Expected bool
	}](t, row)
	same(t, test.Path, fluxkustomize.IsLocalRelativePath(test.Path), test.Expected)
}

type ignoreCase struct {
	Ignore, Name        string
	Domain              []string
	Matches, Mismatches []string
	Patterns            []struct {
		Expression string `json:"$expr"`
	}
}

// runIgnore asks the patterns of the package, and our filter of a source, to which a domain means where a .sourceignore lies.
func runIgnore(builtin func([]string) []gitignore.Pattern) func(*testing.T, json.RawMessage) {
	return func(t *testing.T, row json.RawMessage) {
		test := readCase[ignoreCase](t, row)
		patterns := builtin(test.Domain)
		for _, pattern := range test.Patterns {
			quoted := regexp.MustCompile(`"([^"]+)"`).FindStringSubmatch(pattern.Expression)
			test.Ignore += quoted[1] + "\n"
		}
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(test.Ignore), test.Domain)...)
		ignored := map[bool][]string{true: test.Matches, false: test.Mismatches}
		content := files{}
		for _, name := range slices.Concat(test.Matches, test.Mismatches) {
			content[name] = "x"
		}
		if test.Ignore != "" {
			content[path.Join(append(slices.Clone(test.Domain), ".sourceignore")...)] = test.Ignore
		}
		filter := newSourceFilter(vfs.FromFiles(content), "")
		for want, names := range ignored {
			for _, name := range names {
				same(t, name+" by the package", sourceignore.NewMatcher(patterns).Match(strings.Split(name, "/"), false), want)
				if len(test.Domain) == 0 || test.Ignore != "" {
					same(t, name+" by our filter", filter.hides("/"+name), want)
				}
			}
		}
	}
}

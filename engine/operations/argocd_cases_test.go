package operations

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// argoCase is one row of a table of Argo CD's own tests: fields by their Go names, {"$expr": …} where a value is code.
type argoCase struct {
	Func string                     `json:"func"`
	Name string                     `json:"name"`
	Case map[string]json.RawMessage `json:"case"`
}

// minimumCases keeps the number of cases that are run from shrinking without anybody noticing.
const minimumCases = 200

// errSkipped ends a case that asks for something that the engine has no part of.
var errSkipped = errors.New("skipped")

func skipped(reason string) error { return fmt.Errorf("%w: %s", errSkipped, reason) }

// Argo CD's own cases for generators and templates, through the generators, repositories and client of this package.
func TestArgoCDsOwnCases(t *testing.T) {
	cases := argoCases(t)
	facts := clustersOf(cases)
	ran, total := 0, 0
	counts, reasons := map[string][2]int{}, map[string]map[string]bool{}
	for _, one := range cases {
		total++
		count := counts[one.Func]
		err := runArgoCase(one, facts)
		if errors.Is(err, errSkipped) {
			count[1]++
			if reasons[one.Func] == nil {
				reasons[one.Func] = map[string]bool{}
			}
			reasons[one.Func][strings.TrimPrefix(err.Error(), errSkipped.Error()+": ")] = true
		} else {
			ran++
			count[0]++
			if err != nil {
				t.Errorf("%s, %s: %v", one.Func, one.Name, err)
			}
		}
		counts[one.Func] = count
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-75s %3d run %3d skipped %s", name, counts[name][0], counts[name][1], strings.Join(slices.Sorted(maps.Keys(reasons[name])), "; "))
	}
	t.Logf("%d of %d cases run", ran, total)
	if ran < minimumCases {
		t.Errorf("only %d cases were run, at least %d can be", ran, minimumCases)
	}
}

func argoCases(t *testing.T) []argoCase {
	t.Helper()
	folder := os.Getenv("PRESYNC_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared") // beside the checkout
	}
	name := filepath.Join(folder, "conformance", "argocd_appset_cases.jsonl.gz")
	file, err := os.Open(name)
	if err != nil {
		t.Skipf("Argo CD's own cases of ApplicationSets: public test data not there (%s); set PRESYNC_TEST_DATA", name)
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []argoCase
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one argoCase
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, one)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return cases
}

func runArgoCase(one argoCase, facts map[string][]declaredCluster) (err error) {
	run, known := argoRunners[one.Func]
	if !known {
		return skipped(notRun[one.Func])
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panics: %v", panicked)
		}
	}()
	return run(&argoTest{argoCase: one, clusters: facts[one.Func]})
}

// goTemplate is in the name of the upstream test.
func (a argoCase) goTemplate() bool { return strings.Contains(a.Func, "GoTempla") }

// value decodes a field of JSON's own types.
func (a argoCase) value(field string, into any) error {
	raw, given := a.Case[field]
	if !given || string(raw) == "null" {
		return nil
	}
	return json.Unmarshal(raw, into)
}

func (a argoCase) text(field string) string {
	var text string
	_ = a.value(field, &text)
	return text
}

// typed decodes a field that is a Go value of Kubernetes or Argo CD.
func (a argoCase) typed(field string, into any) error {
	var value any
	if err := a.value(field, &value); err != nil || value == nil {
		return err
	}
	return fill(reflect.ValueOf(into).Elem(), value)
}

var constants = map[string]string{
	"argoappsv1.BackgroundPropagationPolicyFinalizer": v1alpha1.BackgroundPropagationPolicyFinalizer,
	"metav1.LabelSelectorOpNotIn":                     string(metav1.LabelSelectorOpNotIn),
}

// fill sets a Go value from one that has the names of Go fields.
func fill(target reflect.Value, value any) error {
	if object, isObject := value.(map[string]any); isObject && object["$expr"] != nil {
		text, known := constants[fmt.Sprint(object["$expr"])]
		if !known {
			return skipped("a value of the case is code")
		}
		value = text
	}
	switch target.Kind() {
	case reflect.Pointer:
		if value == nil {
			return nil
		}
		target.Set(reflect.New(target.Type().Elem()))
		return fill(target.Elem(), value)
	case reflect.Struct:
		return fillStruct(target, value)
	case reflect.Slice:
		return fillSlice(target, value)
	case reflect.Map:
		return fillMap(target, value)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(encoded, target.Addr().Interface())
}

func fillStruct(target reflect.Value, value any) error {
	object, isObject := value.(map[string]any)
	if !isObject {
		return fmt.Errorf("%v for a %s", value, target.Type())
	}
	for name, content := range object {
		field := target.FieldByName(name)
		if !field.IsValid() {
			return fmt.Errorf("%s has no field %s", target.Type(), name)
		}
		if err := fill(field, content); err != nil {
			return err
		}
	}
	return nil
}

func fillSlice(target reflect.Value, value any) error {
	if text, isText := value.(string); isText && target.Type().Elem().Kind() == reflect.Uint8 {
		target.SetBytes([]byte(text))
		return nil
	}
	list, isList := value.([]any)
	if !isList {
		return nil // an empty composite literal is written as an object
	}
	target.Set(reflect.MakeSlice(target.Type(), len(list), len(list)))
	for at, item := range list {
		if err := fill(target.Index(at), item); err != nil {
			return err
		}
	}
	return nil
}

func fillMap(target reflect.Value, value any) error {
	object, _ := value.(map[string]any)
	target.Set(reflect.MakeMapWithSize(target.Type(), len(object)))
	for key, content := range object {
		item := reflect.New(target.Type().Elem()).Elem()
		if err := fill(item, content); err != nil {
			return err
		}
		target.SetMapIndex(reflect.ValueOf(key).Convert(target.Type().Key()), item)
	}
	return nil
}

// equal compares what two values are in JSON; the order of objects in a list is Argo CD's map order and means nothing.
func equal(got, want any) error {
	first, second := normal(got), normal(want)
	if first != second {
		return fmt.Errorf("\n got %s\nwant %s", first, second)
	}
	return nil
}

func normal(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	var plain any
	_ = json.Unmarshal(encoded, &plain)
	encoded, _ = json.Marshal(unordered(plain))
	return string(encoded)
}

func unordered(value any) any {
	switch value := value.(type) {
	case []any:
		for at := range value {
			value[at] = unordered(value[at])
		}
		if len(value) > 0 && reflect.TypeOf(value[0]) == reflect.TypeFor[map[string]any]() {
			sort.Slice(value, func(a, b int) bool { return normal(value[a]) < normal(value[b]) })
		}
		if len(value) == 0 {
			return nil
		}
	case map[string]any:
		for key := range value {
			value[key] = unordered(value[key])
		}
	}
	return value
}

// failsAs compares an error with the text or name that a case expects; an empty one means none.
func failsAs(err error, expected string) error {
	if expected == "" {
		return err
	}
	if err == nil || !strings.Contains(err.Error(), expected) {
		return fmt.Errorf("fails with %w, not with %s", err, expected)
	}
	return nil
}

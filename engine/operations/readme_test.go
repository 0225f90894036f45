package operations

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The README's list of operations is that of the table.
func TestTheReadmeNamesEveryOperation(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Operations\n")
	if !found {
		t.Fatal("there is no section about operations")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var named []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		named = append(named, row[1])
	}
	slices.Sort(named)
	same(t, "operations", named, slices.Sorted(maps.Keys(table)))
}

// Inputs are strict, so a field that the row of its operation does not name could only be guessed.
func TestTheReadmeNamesEveryInput(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]any{
		"applicationset.generate": applicationSetInput{}, "argocd.source": argocdSourceInput{}, "directory.load": directoryInput{},
		"flux.build": fluxInput{}, "gotemplate": goTemplateInput{}, "helm.index": helmIndexInput{}, "helm.template": helmInput{},
		"helmrelease.render": helmReleaseInput{}, "kustomize.build": kustomizeInput{}, "kyverno.images": kyvernoImagesInput{},
		"rbac.bootstrap": rbacBootstrapInput{},
		"semver.pick":    semverPickInput{}, "yaml.parse": yamlParseInput{},
	}
	same(t, "operations with inputs", slices.Sorted(maps.Keys(inputs)), slices.Sorted(maps.Keys(table)))
	for operation, input := range inputs {
		row := regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(operation) + "` \\|.*$").FindString(string(text))
		for field := range reflect.TypeOf(input).Fields() {
			if name := field.Tag.Get("json"); !regexp.MustCompile("\\b" + name + "\\b").MatchString(row) {
				t.Errorf("%s: %s is not in its row", operation, name)
			}
		}
	}
}

func TestTheReadmeNamesEveryErrorCode(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	protocolText, err := os.ReadFile("../protocol/protocol.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(string(text), -1)
	var named []string
	for _, row := range rows {
		if row[1] != "gotemplate" {
			named = append(named, row[1])
		}
	}
	var codes []string
	for _, constant := range regexp.MustCompile(`(?m)^\t[A-Z][A-Za-z]+ += "([a-z]+)"$`).FindAllStringSubmatch(string(protocolText), -1) {
		codes = append(codes, constant[1])
	}
	slices.Sort(named)
	slices.Sort(codes)
	same(t, "codes", named, codes)
}

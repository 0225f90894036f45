package operations

import (
	"errors"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
)

func TestNoChartHidesWhatItAsks(t *testing.T) {
	library := files{"charts/x/charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n", "charts/x/charts/lib/templates/_t.tpl": ""}
	for name, row := range map[string]struct{ template, want string }{
		"by what a library is told":                   {`{{ .Subcharts.lib.Capabilities.APIVersions.Has "a.io/v1" }}`, "c/data/k on a.io/v1"},
		"by a question before a list is gone through": {`{{ $l := .Capabilities.APIVersions }}{{ $l.Has "v1" }}{{ range $l }}{{ if hasPrefix "a.io" . }}x{{ end }}{{ end }}`, "listed"},
		"by a question before a list is searched":     {`{{ $l := .Capabilities.APIVersions }}{{ $l.Has "v1" }}{{ has "a.io/v1" $l }}`, "listed"},
		"by a question before a list is joined":       {`{{ $l := .Capabilities.APIVersions }}{{ $l.Has "v1" }}{{ join "," $l | contains "a.io" }}`, "listed"},
		"by a question before a list is written":      {`{{ $l := .Capabilities.APIVersions }}{{ $l.Has "v1" }}{{ toYaml $l | contains "a.io" }}{{ printf "%s" $l | contains "a.io" }}`, "listed"},
		"behind the name of a type":                   {`{{ if contains "common.Capabilities" (printf "%T" .Capabilities) }}{{ fail "seen" }}{{ end }}`, "seen"},
		"behind the name of a list":                   {`{{ if eq "common.VersionSet slice" (printf "%s %s" (typeOf .Capabilities.APIVersions) (kindOf .Capabilities.APIVersions)) }}{{ fail "seen" }}{{ end }}`, "seen"},
		"behind the kind of a version":                {`{{ if kindIs "struct" .Capabilities.KubeVersion }}{{ fail "seen" }}{{ end }}`, "seen"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := call(t, helmTemplate, shop(configTemplate(row.template), library), input(nil))
			if err != nil {
				if !strings.Contains(err.Error(), row.want) {
					t.Fatal(err)
				}
				return
			}
			same(t, "dependent", dependents(t, result), row.want)
		})
	}
}

func TestALengthIsNoWayAroundTheWatch(t *testing.T) {
	_, err := call(t, helmTemplate, shop(configTemplate(`{{ $l := .Capabilities.APIVersions }}{{ $l.Has "v1" }}{{ len $l }}`), nil), input(nil))
	if err == nil {
		t.Fatal("the length of the list is known")
	}
}

// A chart knows neither the function nor where the templates are that call it; it may have its own under the plain name.
func TestNoChartTakesThePlaceOfTheWatch(t *testing.T) {
	facts := newClusterFacts(&helmInput{}, false)
	one, other := newClusterWatch(facts, clusterState{}, newClusterQuestions()), newClusterWatch(facts, clusterState{}, newClusterQuestions())
	same(t, "the same name twice", one.function == other.function, false)
	called := shop(`{{ presync (dict "Capabilities" .Capabilities) }}`, nil)
	if _, err := call(t, helmTemplate, called, input(nil)); err == nil || !strings.Contains(err.Error(), `"presync" not defined`) {
		t.Errorf("got %v", err)
	}
	if _, err := one.put(map[string]any{}); err == nil {
		t.Error("what is not told by Helm is watched")
	}
	empty := &chart.Chart{Metadata: &chart.Metadata{Name: "a"}, Templates: []*common.File{{Name: "templates/t.yaml"}}}
	same(t, "a chart that is not watched", errors.Is(one.finish(empty, false), errUnwatched), true)
}

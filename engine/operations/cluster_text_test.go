package operations

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const shownVersion = ".Capabilities.KubeVersion.Version"

var standsForVersion = regexp.MustCompile(`\bV\b`)

// extraWhere is an object that exists where a condition holds.
func extraWhere(condition string) string {
	return emptyMap("always") + "---\n{{ if " + standsForVersion.ReplaceAllString(condition, shownVersion) + " }}" + emptyMap("extra") + "{{ end }}"
}

// between is a minor that is neither the oldest nor the newest.
func between() int { return newestMinor() - 3 }

func TestTextsOfTheVersionAreFollowed(t *testing.T) {
	quoted := func(format string) string { return fmt.Sprintf(format, between()) }
	rows := map[string]struct{ condition, want string }{
		"hasPrefix":          {quoted(`hasPrefix "v1.%d." V`), "extra on kubernetes"},
		"contains":           {quoted(`contains "1.%d." V`), "extra on kubernetes"},
		"regexMatch":         {quoted(`regexMatch "^v1.%d" V`), "extra on kubernetes"},
		"regexFind":          {quoted(`regexFind "^v1.%d" V`), "extra on kubernetes"},
		"eq":                 {quoted(`eq V "v1.%d.7"`), "extra on kubernetes"},
		"ge of texts":        {quoted(`and (ge V "v1.%d.7") (le V "v1.%[1]d.8")`), "extra on kubernetes"},
		"has in a list":      {quoted(`has V (list "v1.%d.7")`), "extra on kubernetes"},
		"a key of a map":     {quoted(`hasKey (dict "v1.%d.7" "x") V`), "extra on kubernetes"},
		"a value of a map":   {quoted(`index (dict "v1.%d.7" "x") V`), "extra on kubernetes"},
		"trimPrefix":         {quoted(`hasPrefix "1.%d" (trimPrefix "v" V)`), "extra on kubernetes"},
		"trunc":              {quoted(`eq "v1.%d" (trunc 5 V)`), "extra on kubernetes"},
		"split":              {quoted(`eq "%d" (split "." V)._1`), "extra on kubernetes"},
		"splitList":          {quoted(`eq "%d" (index (splitList "." V) 1)`), "extra on kubernetes"},
		"a number of it":     {quoted(`eq %d (int (index (splitList "." V) 1))`), "extra on kubernetes"},
		"a sum of it":        {quoted(`eq (sha256sum "v1.%d.7") (sha256sum V)`), "extra on kubernetes"},
		"another text of it": {quoted(`eq "other" (regexReplaceAll "^v1.%d.*" V "other")`), "extra on kubernetes"},
		"the same in it":     {quoted(`eq "x" (replace "v1.%d.0" "x" V)`), "extra on kubernetes"},
		"what is printed":    {quoted(`contains "v1.%d." (printf "%%s" .Capabilities.KubeVersion)`), "extra on kubernetes"},
		"in a longer text":   {quoted(`contains "-v1.%d." (printf "x-%%s-y" V)`), "extra on kubernetes"},
		"semverCompare of a part of it": {
			quoted(`semverCompare "=1.%d" (regexReplaceAll "[^0-9.].*$" (trimPrefix "v" V) "")`), "extra on kubernetes",
		},
		"semverCompare of a default": {quoted(`semverCompare "=1.%d.x" (default V .Values.none)`), "extra on kubernetes"},
		"what no version has":        {`contains "-eks-" V`, ""}, // Argo CD takes it off
		"what each version has":      {`hasPrefix "v1." V`, ""},
		"a patch as a number":        {`eq 7 (int (index (splitList "." V) 2))`, "extra on kubernetes"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			result, err := call(t, helmTemplate, shop(extraWhere(row.condition), nil), input(map[string]any{"kubeVersion": ""}))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "dependent", dependents(t, result), row.want)
		})
	}
}

// Who prints a version or compares it as it is meant to be has nothing to declare, for whatever he does with its text.
func TestHonestUsesOfAVersionAskForLittle(t *testing.T) {
	label := func(expression string) string {
		return configTemplate("{{ " + standsForVersion.ReplaceAllString(expression, shownVersion) + " }}")
	}
	for name, template := range map[string]string{
		"a label":               label(`V | replace "+" "_" | trunc 63 | trimSuffix "-" | quote`),
		"a label without dots":  label(`V | replace "." "-"`),
		"a sum":                 label(`printf "of: %s" V | sha256sum`),
		"a part of a sum":       label(`printf "of: %s" V | sha256sum | trunc 8`),
		"a constraint":          extraWhere(`semverCompare ">=1.2-0" (default V .Values.kubeVersionOverride)`),
		"of its numbers":        extraWhere(`semverCompare ">=1.2-0" (regexReplaceAll "[^0-9.].*" (trimPrefix "v" V) "")`),
		"of its first part":     extraWhere(`semverCompare ">=1.2-0" (index (splitList "-" V) 0)`),
		"of a printed version":  extraWhere(`semverCompare ">=1.2-0" (printf "%s" V | trimAll "v")`),
		"with a major only":     extraWhere(`hasPrefix "v1" V`),
		"of a helper":           `{{ define "kube" }}{{ default .Capabilities.KubeVersion.Version .Values.kubeVersion }}{{ end }}` + extraWhere(`and (include "kube" .) (semverCompare "<1.2-0" (include "kube" .))`),
		"of a version of a pod": label(`ternary "a" "b" (hasPrefix "1.2" "1.2.3")`),
	} {
		t.Run(name, func(t *testing.T) {
			result, err := call(t, helmTemplate, shop(template, nil), input(map[string]any{"kubeVersion": ""}))
			if err != nil {
				t.Fatal(err)
			}
			said := dependents(t, result)
			same(t, said, slices.Contains([]string{"", "nothing asked", "c/data/k on kubernetes"}, said), true)
		})
	}
}

func TestFluxHandsOnWhatProvidersWriteBehindTheVersion(t *testing.T) {
	for name, row := range map[string]struct{ condition, want string }{
		"a constraint without a prerelease": {`semverCompare ">=1.2.0" V`, "extra on kubernetes gone"},
		"one with it":                       {`semverCompare ">=1.2.0-0" V`, "nothing asked"},
		"EKS":                               {`contains "-eks-" V`, "extra on kubernetes"},
		"GKE":                               {`regexMatch ".*-gke" V`, "extra on kubernetes"},
		"the end of another provider":       {`contains "-other" V`, "partial"},
		"its first part":                    {`semverCompare ">=1.2.0" (index (splitList "-" V) 0)`, ""},
		"what has none":                     {`semverCompare ">=1.2.0" (.Capabilities.KubeVersion | toString)`, "nothing asked"},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, "dependent", dependents(t, callRelease(t, shop(extraWhere(row.condition), nil), nil, nil)), row.want)
		})
	}
}

func TestAVersionIsHandedOnAsEachControllerDoes(t *testing.T) {
	const declared = "v1.34.2-eks-1"
	given := map[string]any{"kubeVersion": declared}
	template := configTemplate("{{ " + shownVersion + " }}")
	shows := func(objects []Object, version string) bool {
		return strings.Contains(string(objects[0].Manifest), `"`+version+`"`)
	}
	same(t, "Flux", shows(callRelease(t, shop(template, nil), nil, given).Objects, declared), true)
	argo, err := call(t, helmTemplate, shop(template, nil), input(given))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "Argo CD", shows(argo.Objects, "v1.34.2"), true)
	content := shopChart("app/charts/shop/", files{"templates/c.yaml": template})
	content["app/kustomization.yaml"] = "helmCharts: [{name: shop, skipHooks: true}]\n"
	kustomized, failure, _ := withCharts(t, content, nil, given)
	if failure != nil {
		t.Fatal(failure)
	}
	same(t, "Kustomize", shows(kustomized.Objects, "v1.34.2"), true)
}

// Functions of text/template itself are called through a template, and say what they say there.
func TestOwnFunctionsStayTheSame(t *testing.T) {
	for template, want := range map[string]string{
		`{{ eq 1 1 }}{{ eq "a" "b" "a" }}{{ ne "a" "b" }}{{ lt 1 2 }}{{ index (list 1 2) 1 }}{{ len "abc" }}{{ eq .Values.none nil }}`: "truetruetruetrue23true",
		`{{ index (dict "a" (dict "b" "c")) "a" "b" }}`: "c",
	} {
		result, err := call(t, helmTemplate, shop(configTemplate(template), nil), input(map[string]any{"kubeVersion": ""}))
		if err != nil {
			t.Fatal(err)
		}
		same(t, template, strings.Contains(string(result.Objects[0].Manifest), want), true)
	}
	_, err := call(t, helmTemplate, shop(configTemplate(`{{ eq 1 "a" }}`), nil), input(map[string]any{"kubeVersion": ""}))
	if err == nil || !strings.Contains(err.Error(), "error calling eq: incompatible types for comparison") {
		t.Errorf("%v", err)
	}
}

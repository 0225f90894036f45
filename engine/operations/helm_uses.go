package operations

import (
	"maps"
	"regexp"
	"slices"

	chart "helm.sh/helm/v4/pkg/chart/v2"
)

var (
	upgradeField      = regexp.MustCompile(`\.(?:IsUpgrade|IsInstall|Revision)\b`)
	capabilitiesField = regexp.MustCompile(`\.Capabilities\b`)
	apiVersionsField  = regexp.MustCompile(`\.APIVersions\b`)
	kubeVersionField  = regexp.MustCompile(`\.KubeVersion\b`)
)

// readsUpgrade looks for the fields of .Release that tell a first install from an upgrade.
func readsUpgrade(loaded *chart.Chart) bool { return templatesMention(loaded, upgradeField) }

// readsUnknownCapabilities: the chart asks what the cluster can do, and the host did not say.
func (r *helmRender) readsUnknownCapabilities(loaded *chart.Chart) bool {
	if !templatesMention(loaded, capabilitiesField) {
		return false
	}
	return (len(r.input.APIVersions) == 0 && templatesMention(loaded, apiVersionsField)) ||
		(r.input.KubeVersion == "" && templatesMention(loaded, kubeVersionField))
}

func templatesMention(loaded *chart.Chart, field *regexp.Regexp) bool {
	for _, file := range loaded.Templates {
		if field.Match(file.Data) {
			return true
		}
	}
	return slices.ContainsFunc(loaded.Dependencies(), func(dependency *chart.Chart) bool { return templatesMention(dependency, field) })
}

// comparison is the first render of a chart, and how others of it differ.
type comparison struct {
	objects  *Result
	shown    int
	variants []variant
	uses     map[string]bool
}

func newComparison(first *helmOutput) *comparison {
	return &comparison{objects: &Result{Objects: first.objects}, shown: len(first.objects), uses: first.functions.uses}
}

// add says whether the other render differs.
func (c *comparison) add(other *helmOutput) bool {
	variants := markVolatile(c.objects, c.shown, other.objects)
	c.variants = append(c.variants, variants...)
	maps.Copy(c.uses, other.functions.uses)
	return len(variants) > 0
}

// addRandom renders again with other random values and another time.
func (c *comparison) addRandom(render *helmRender, shown helmPass) error {
	shown.variant = 1
	other, err := render.run(shown)
	if err != nil {
		return inContext("the chart renders only with some random values or at some times", err)
	}
	if c.add(other) {
		c.uses["random"] = c.uses["random"] || !c.uses["now"]
	}
	return nil
}

func (c *comparison) result(warnings []string) *Result {
	c.objects.Warnings = warnings
	if len(c.variants) > 0 {
		c.objects.Value = map[string]any{"variants": c.variants}
	}
	c.objects.Uses = usedNames(c.uses)
	return c.objects
}

func usedNames(uses map[string]bool) []string {
	maps.DeleteFunc(uses, func(_ string, used bool) bool { return !used })
	return slices.Sorted(maps.Keys(uses))
}

package operations

import (
	"maps"
	"regexp"
	"slices"

	chart "helm.sh/helm/v4/pkg/chart/v2"
)

var upgradeField = regexp.MustCompile(`\.(?:IsUpgrade|IsInstall|Revision)\b`)

// readsUpgrade looks for the fields of .Release that tell a first install from an upgrade.
func readsUpgrade(loaded *chart.Chart) bool { return templatesMention(loaded, upgradeField) }

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
	outputs  []*helmOutput
	shown    int
	variants []variant
	uses     map[string]bool
	cluster  *clusterValue // where something was asked of it that nobody declared
}

func newComparison(first *helmOutput) *comparison {
	return &comparison{objects: &Result{Objects: first.objects}, outputs: []*helmOutput{first}, shown: len(first.objects), uses: first.functions.uses}
}

// add says whether the other render differs.
func (c *comparison) add(other *helmOutput) bool {
	c.outputs = append(c.outputs, other)
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

// addClusters makes all passes again for each cluster that may be the real one.
func (c *comparison) addClusters(r *helmRender, run func(pass helmPass) (*helmOutput, error)) error {
	c.uses["capabilities"] = r.asked.any()
	if !r.asked.any() {
		return nil
	}
	tries := &trial{asked: r.asked, refusals: map[string]bool{}}
	for _, output := range c.outputs {
		tries.shown = append(tries.shown, output.objects)
	}
	tries.render = func(pass int, state clusterState) ([]Object, error) {
		again := c.outputs[pass].pass
		again.cluster = state
		other, err := run(again)
		if err != nil {
			return nil, err
		}
		return other.objects, nil
	}
	found, err := tries.run(newBudget(r.request.Limits))
	if err != nil {
		return err
	}
	r.warnings = append(r.warnings, slices.Sorted(maps.Keys(tries.refusals))...)
	c.variants = append(c.variants, found.forms...)
	c.cluster = found.value(r.asked)
	return nil
}

func (c *comparison) result(warnings []string) *Result {
	c.objects.Warnings = warnings
	value := c.value()
	if len(value) > 0 {
		c.objects.Value = value
	}
	c.objects.Uses = usedNames(c.uses)
	return c.objects
}

func (c *comparison) value() map[string]any {
	value := map[string]any{}
	if len(c.variants) > 0 {
		value["variants"] = c.variants
	}
	if c.cluster != nil {
		value["cluster"] = c.cluster
	}
	return value
}

func usedNames(uses map[string]bool) []string {
	maps.DeleteFunc(uses, func(_ string, used bool) bool { return !used })
	return slices.Sorted(maps.Keys(uses))
}

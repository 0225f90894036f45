package operations

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
)

var errUnwatched = errors.New("a template of the chart hides what it asks of the cluster")

// clusterWatch stands between the templates of one pass and what Helm tells them of the cluster. Templates get .Capabilities from a map
// that Helm fills; the first template of a chart puts the watch there.
type clusterWatch struct {
	facts *clusterFacts
	state clusterState
	asked *clusterQuestions
	// function is what the added template of each chart calls. No chart knows its name, so that none calls it or takes the place of its
	// template.
	function string
	// The charts that are watched.
	seen int
}

func newClusterWatch(facts *clusterFacts, state clusterState, asked *clusterQuestions) *clusterWatch {
	return &clusterWatch{facts: facts, state: state, asked: asked, function: "presync" + rand.Text()}
}

// addTo gives each chart a template that runs before all others: Helm runs the deepest path first.
// https://github.com/helm/helm/blob/v4.3.1/pkg/engine/engine.go (sortTemplates)
func (w *clusterWatch) addTo(root *chart.Chart) {
	deepest, count := 0, 0
	eachChart(root, func(one *chart.Chart) {
		for _, file := range one.Templates {
			deepest = max(deepest, strings.Count(path.Join(one.ChartFullPath(), file.Name), "/"))
		}
	})
	folder := "templates/" + strings.Repeat(w.function+"/", deepest+1)
	text := fmt.Sprintf("{{- %s . -}}", w.function)
	eachChart(root, func(one *chart.Chart) {
		count++ // of two charts with one name each has its own
		file := &common.File{Name: folder + strconv.Itoa(count), Data: []byte(text)}
		one.Templates = append(slices.Clone(one.Templates), file)
	})
}

// expected is how many charts must be watched, once Helm has left out those that are switched off.
func expected(root *chart.Chart) int {
	running := map[string]bool{}
	eachChart(root, func(one *chart.Chart) {
		if one.Metadata.Type != "library" && len(one.Templates) > 0 { // Helm runs no template of a library by itself
			running[path.Join(one.ChartFullPath(), one.Templates[len(one.Templates)-1].Name)] = true
		}
	})
	return len(running)
}

func eachChart(root *chart.Chart, visit func(*chart.Chart)) {
	visit(root)
	for _, dependency := range root.Dependencies() {
		eachChart(dependency, visit)
	}
}

// put is the function that the added templates call.
func (w *clusterWatch) put(context map[string]any) (string, error) {
	if !w.watch(context) {
		return "", errUnwatched
	}
	w.seen++
	w.watchLibraries(context)
	return "", nil
}

func (w *clusterWatch) watch(context map[string]any) bool {
	told, isHelms := context["Capabilities"].(*common.Capabilities)
	if isHelms {
		context["Capabilities"] = &watchedCapabilities{capabilities{w, told}}
	}
	return isHelms
}

// watchLibraries: no template of a library runs by itself, but others reach what Helm tells it by .Subcharts. Charts that run are watched
// before the ones that they belong to.
func (w *clusterWatch) watchLibraries(context map[string]any) {
	charts, _ := context["Subcharts"].(map[string]any)
	for _, one := range charts {
		if library, isContext := one.(map[string]any); isContext {
			w.watch(library)
			w.watchLibraries(library)
		}
	}
}

// finish looks at what the pass has not said by itself.
func (w *clusterWatch) finish(rendered *chart.Chart, failed bool) error {
	if !failed && w.seen < expected(rendered) {
		return errUnwatched
	}
	return nil
}

func (w *clusterWatch) has(told *common.Capabilities, name string) bool {
	has, known := w.facts.answer(name, told, w.asked)
	if known {
		return has
	}
	w.asked.add(name, has)
	if flipped, isFlipped := w.state.apis[name]; isFlipped {
		return flipped
	}
	return has
}

func (w *clusterWatch) list(told *common.Capabilities) common.VersionSet {
	w.asked.listed = w.asked.listed || !w.facts.isClosed
	list := slices.Clone(told.APIVersions)
	for name, has := range w.state.apis {
		list = slices.DeleteFunc(list, func(one string) bool { return one == name })
		if has {
			list = append(list, name)
		}
	}
	return list
}

// semverCompare is sprig's, and says which versions a template tells apart.
func (w *clusterWatch) semverCompare(constraint, version string) (bool, error) {
	wanted, err := semver.NewConstraint(constraint)
	if err != nil {
		return false, err
	}
	parsed, err := semver.NewVersion(version)
	if err != nil {
		return false, err
	}
	if w.asked.version || w.asked.minor > 0 {
		w.asked.constraints[constraint] = true
	}
	return wanted.Check(parsed), nil
}

// semver is sprig's; what it answers can be asked for each part of a version.
func (w *clusterWatch) semver(version string) (*semver.Version, error) {
	w.asked.parts = w.asked.parts || w.asked.version
	return semver.NewVersion(version)
}

// capabilities is hidden from templates by its name.
type capabilities struct {
	watch *clusterWatch
	told  *common.Capabilities
}

// watchedCapabilities has what Helm's Capabilities have, as templates see them.
type watchedCapabilities struct {
	Hidden capabilities `copy:"shallow"` // a chart may copy the whole of what it is given
}

// APIVersions is a field of Helm's Capabilities.
func (c *watchedCapabilities) APIVersions() watchedVersions {
	return c.Hidden.versions()
}

// KubeVersion is a field of Helm's Capabilities.
func (c *watchedCapabilities) KubeVersion() *watchedVersion {
	c.Hidden.watch.asksVersion()
	return &watchedVersion{Hidden: version{c.Hidden.watch, &c.Hidden.told.KubeVersion}}
}

// HelmVersion is a field of Helm's Capabilities.
func (c *watchedCapabilities) HelmVersion() any { return c.Hidden.told.HelmVersion }

// Copy stays watched.
func (c *watchedCapabilities) Copy() *watchedCapabilities { return c }

// MarshalJSON is what toJson and toYaml call.
func (c *watchedCapabilities) MarshalJSON() ([]byte, error) { return json.Marshal(c.all()) }

// Format is what printing calls.
func (c watchedCapabilities) Format(state fmt.State, verb rune) {
	_, _ = fmt.Fprintf(state, fmt.FormatString(state, verb), *c.all())
}

func (c *watchedCapabilities) all() *common.Capabilities {
	all := c.Hidden.told.Copy()
	all.APIVersions = c.Hidden.watch.list(c.Hidden.told)
	c.Hidden.watch.asksVersion()
	c.Hidden.watch.asked.parts = c.Hidden.watch.asked.version
	return all
}

func (w *clusterWatch) asksVersion() {
	w.asked.version = w.asked.version || !w.facts.hasVersion
	if w.facts.minor > 0 {
		w.asked.minor = w.facts.minor
	}
}

type version struct {
	watch *clusterWatch
	told  *common.KubeVersion
}

// watchedVersion has what Helm's KubeVersion has, as templates see it.
type watchedVersion struct {
	Hidden version `copy:"shallow"`
}

// Version is a field of Helm's KubeVersion.
func (v *watchedVersion) Version() string { return v.Hidden.told.Version }

// GitVersion is the same under an older name.
func (v *watchedVersion) GitVersion() string { return v.Hidden.told.Version }

// Major is a field of Helm's KubeVersion.
func (v *watchedVersion) Major() string { return v.Hidden.told.Major }

// Minor is a field of Helm's KubeVersion; whoever takes it may compare it with any other.
func (v *watchedVersion) Minor() string {
	asked := v.Hidden.watch.asked
	asked.parts = asked.parts || asked.version
	return v.Hidden.told.Minor
}

// String is what printing calls.
func (v *watchedVersion) String() string { return v.Hidden.told.String() }

// MarshalJSON is what toJson and toYaml call.
func (v *watchedVersion) MarshalJSON() ([]byte, error) {
	v.Minor()
	return json.Marshal(v.Hidden.told)
}

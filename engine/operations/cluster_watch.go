package operations

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
)

// watchFunction is what the added template of each chart calls.
const watchFunction = "presyncWatchCluster"

var (
	errUnwatched = errors.New("the chart defines a template under a name of presync, so that what it asks of the cluster cannot be seen")
	// watchedLists finds the watch of a list of APIs by a text behind the end of the list: a list of texts has no room for it, and
	// templates may do with the list whatever they do with one of Helm.
	watchedLists sync.Map
)

// clusterWatch stands between the templates of one pass and what Helm tells them of the cluster. Templates get .Capabilities from a map
// that Helm fills; the first template of a chart puts the watch there.
type clusterWatch struct {
	facts *clusterFacts
	state clusterState
	asked *clusterQuestions
	// The charts that are watched.
	seen int
	// Lists that were handed out and not asked by Has.
	lists map[string]bool
}

func newClusterWatch(facts *clusterFacts, state clusterState, asked *clusterQuestions) *clusterWatch {
	return &clusterWatch{facts: facts, state: state, asked: asked, lists: map[string]bool{}}
}

// addTo gives each chart a template that runs before all others: Helm runs the deepest path first.
// https://github.com/helm/helm/blob/v4.3.1/pkg/engine/engine.go (sortTemplates)
func (w *clusterWatch) addTo(root *chart.Chart) error {
	deepest, count := 0, 0
	eachChart(root, func(one *chart.Chart) {
		for _, file := range one.Templates {
			deepest = max(deepest, strings.Count(path.Join(one.ChartFullPath(), file.Name), "/"))
		}
	})
	folder := "templates/" + strings.Repeat("presync/", deepest+1)
	if defines(root, folder) {
		return errUnwatched
	}
	text := fmt.Sprintf("{{- %s . -}}", watchFunction)
	eachChart(root, func(one *chart.Chart) {
		count++ // of two charts with one name each has its own
		file := &common.File{Name: folder + strconv.Itoa(count), Data: []byte(text)}
		one.Templates = append(slices.Clone(one.Templates), file)
	})
	return nil
}

// definition is where a template gives another one a name, which takes the place of any that has it.
var definition = regexp.MustCompile("\\b(?:define|block)\\s+(\"(?:[^\"\\\\\\n]|\\\\.)*\"|`[^`]*`)")

// defines says whether a template of the chart is named like one in the folder.
func defines(root *chart.Chart, folder string) bool {
	found := false
	eachChart(root, func(one *chart.Chart) {
		for _, file := range one.Templates {
			for _, match := range definition.FindAllSubmatch(file.Data, -1) {
				name, err := strconv.Unquote(string(match[1]))
				found = found || (err == nil && strings.Contains(name, folder))
			}
		}
	})
	return found
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
	told, isHelms := context["Capabilities"].(*common.Capabilities)
	if !isHelms {
		return "", errUnwatched
	}
	w.seen++
	context["Capabilities"] = &watchedCapabilities{capabilities{w, told}}
	return "", nil
}

// finish looks at what the pass has not said by itself.
func (w *clusterWatch) finish(rendered *chart.Chart, failed bool) error {
	for key, isUnasked := range w.lists {
		watchedLists.Delete(key)
		w.asked.listed = w.asked.listed || (isUnasked && !w.facts.isClosed)
	}
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

func (w *clusterWatch) list(told *common.Capabilities) watchedVersions {
	list := slices.Clone(told.APIVersions)
	for name, has := range w.state.apis {
		list = slices.DeleteFunc(list, func(one string) bool { return one == name })
		if has {
			list = append(list, name)
		}
	}
	key := fmt.Sprintf("presync/%p/%d", w, len(w.lists))
	watchedLists.Store(key, listWatch{w, told, key})
	w.lists[key] = true
	return watchedVersions(append(list, key)[: len(list) : len(list)+1])
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
	if w.asked.version {
		w.asked.constraints[constraint] = true
	}
	return wanted.Check(parsed), nil
}

// semver is sprig's; what it answers can be asked for each part of a version.
func (w *clusterWatch) semver(version string) (*semver.Version, error) {
	w.asked.parts = w.asked.parts || w.asked.version
	return semver.NewVersion(version)
}

type listWatch struct {
	watch *clusterWatch
	told  *common.Capabilities
	key   string
}

// watchedVersions is a list of APIs; behind its end, where no template can look, stands the key of its watch.
type watchedVersions []string

// Has is what Helm's own list has.
func (v watchedVersions) Has(name string) bool {
	if cap(v) > 0 {
		if found, known := watchedLists.Load(v[:cap(v)][cap(v)-1]); known {
			if one, isWatch := found.(listWatch); isWatch {
				one.watch.lists[one.key] = false
				return one.watch.has(one.told, name)
			}
		}
	}
	return slices.Contains(v, name)
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
	return c.Hidden.watch.list(c.Hidden.told)
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
	all.APIVersions = common.VersionSet(c.APIVersions())
	c.Hidden.watch.asksVersion()
	c.Hidden.watch.asked.parts = c.Hidden.watch.asked.version
	return all
}

func (w *clusterWatch) asksVersion() { w.asked.version = w.asked.version || !w.facts.hasVersion }

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

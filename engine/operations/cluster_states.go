package operations

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// maxStates bounds how many clusters one app is rendered for: four APIs that nobody declared in every combination, or three of them
// with three versions of Kubernetes.
const maxStates = 24

// clusterState is a cluster that may be the real one. The zero value is the one that is shown.
type clusterState struct {
	// Answers that are not those of Helm.
	apis map[string]bool
	// Of Kubernetes; "" for the one that is shown.
	version string
}

func (s clusterState) key() string { return s.version + " " + strings.Join(s.flips(), " ") }

// flips are the APIs that are answered otherwise than shown.
func (s clusterState) flips() []string { return slices.Sorted(maps.Keys(s.apis)) }

// causes are what must be known to tell this cluster from the one that is shown.
func (s clusterState) causes() []string {
	if s.version == "" {
		return s.flips()
	}
	return append(s.flips(), kubernetesCause)
}

// kubernetesCause stands for the version among APIs; no API is called so.
const kubernetesCause = "kubernetes"

// states are the clusters to try, and whether that is every one which the questions tell apart.
func (q *clusterQuestions) states() (states []clusterState, areAll bool) {
	names, versions := slices.Sorted(maps.Keys(q.apis)), q.versions()
	sets, areAllSets := q.sets(names, 1+len(versions))
	for _, set := range sets {
		for _, version := range append([]string{""}, versions...) {
			states = append(states, clusterState{apis: set, version: version})
		}
	}
	return states, areAllSets && !q.overflow
}

// sets are all combinations of answers, the smallest first; or where those are too many all of them at once, each alone, and all but each.
func (q *clusterQuestions) sets(names []string, versions int) (sets []map[string]bool, areAll bool) {
	flip := func(chosen func(at int) bool) map[string]bool {
		set := map[string]bool{}
		for at, name := range names {
			if chosen(at) {
				set[name] = !q.apis[name]
			}
		}
		return set
	}
	if len(names) < 5 && (1<<len(names))*versions <= maxStates {
		for mask := range 1 << len(names) {
			sets = append(sets, flip(func(at int) bool { return mask&(1<<at) != 0 }))
		}
		slices.SortStableFunc(sets, func(a, b map[string]bool) int { return len(a) - len(b) })
		return sets, true
	}
	sets = []map[string]bool{{}, flip(func(int) bool { return true })}
	for only := range names {
		sets = append(sets, flip(func(at int) bool { return at == only }))
	}
	for without := range names {
		sets = append(sets, flip(func(at int) bool { return at != without }))
	}
	return sets, false
}

// versions are one Kubernetes of each kind that the questions tell apart, the oldest first, besides the newest, which is shown.
func (q *clusterQuestions) versions() []string {
	newest, oldest := newestMinor(), oldestMinor()
	switch {
	case !q.version && q.minor == 0:
		return nil
	case !q.version:
		newest, oldest = q.minor, q.minor
	}
	seen := map[string]bool{q.class(newest, 0): true}
	var versions []string
	for minor := oldest; minor <= newest; minor++ {
		for _, patch := range q.patches() {
			class := q.class(minor, patch)
			if seen[class] && (!q.version || minor > oldest || patch > 0) {
				continue
			}
			seen[class] = true
			versions = append(versions, fmt.Sprintf("v1.%d.%d", minor, patch))
		}
	}
	return versions
}

// patched is a version in a constraint that names a patch.
var patched = regexp.MustCompile(`\d+\.\d+\.(\d+)`)

// patches are those that constraints may tell apart: the ones that they name, and those beside.
func (q *clusterQuestions) patches() []int {
	patches := []int{0}
	for constraint := range q.constraints {
		for _, match := range patched.FindAllStringSubmatch(constraint, -1) {
			if patch, err := strconv.Atoi(match[1]); err == nil {
				patches = append(patches, max(patch-1, 0), patch, patch+1)
			}
		}
	}
	slices.Sort(patches)
	return slices.Compact(patches)
}

// class is the same for versions of which all questions have the same answers.
func (q *clusterQuestions) class(minor, patch int) string {
	var answers strings.Builder
	if q.parts {
		fmt.Fprint(&answers, minor, " ")
	}
	for _, text := range slices.Sorted(maps.Keys(q.constraints)) {
		constraint, err := semver.NewConstraint(text)
		fmt.Fprint(&answers, err == nil && constraint.Check(semver.New(1, uint64(minor), uint64(patch), "", "")))
	}
	for _, bound := range slices.Sorted(maps.Keys(q.bounds)) {
		fmt.Fprint(&answers, minor >= bound)
	}
	return answers.String()
}

// trial renders for every cluster that may be the real one.
type trial struct {
	asked *clusterQuestions
	// The objects of each pass that was made for the cluster which is shown, and how one of them is made for another.
	shown  [][]Object
	render func(pass int, state clusterState) ([]Object, error)
	// What a chart says where it cannot be rendered: there nothing is applied.
	refusals map[string]bool
}

// run says what depends on the cluster.
func (t *trial) run(budget *budget) (*clusterDependence, error) {
	found := newClusterDependence(budget)
	done := map[string]bool{clusterState{}.key(): true}
	for {
		states, areAll := t.asked.states()
		next := slices.IndexFunc(states, func(state clusterState) bool { return !done[state.key()] })
		if next < 0 || len(done) >= maxStates {
			found.isPartial = !areAll || next >= 0
			return found, nil
		}
		state := states[next]
		done[state.key()] = true
		if err := t.try(state, found); err != nil {
			return nil, err
		}
	}
}

func (t *trial) try(state clusterState, found *clusterDependence) error {
	for pass, shown := range t.shown {
		objects, err := t.render(pass, state)
		if err != nil {
			if isOwnFailure(err) {
				return err
			}
			t.refusals[fmt.Sprintf("for a cluster that differs in %s it cannot be rendered: %s", strings.Join(state.causes(), ", "), err)] = true
			continue
		}
		if err := found.compare(state, shown, objects); err != nil {
			return err
		}
	}
	return nil
}

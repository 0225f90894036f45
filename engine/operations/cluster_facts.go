package operations

import (
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
)

const (
	// maxNames bounds how many APIs of one render are kept in mind.
	maxNames = 64
	// deniedAPI stands before an API that a cluster is declared not to have.
	deniedAPI = "!"
)

// clusterFacts is what is known of the cluster for which a chart is rendered.
type clusterFacts struct {
	absent []string
	// Nothing but what is given and what Helm brings: Argo CD and Kustomize hand on a list of a source or chart as it stands.
	isClosed bool
	// Helm is told by the cluster alone (helm-controller); otherwise what Helm's own list has is there in any case.
	isServed   bool
	hasVersion bool
	// The minor, where the version that is given has no patch: any of them may be the one of the cluster.
	minor int
	given []string
}

// newClusterFacts takes what is declared to be absent out of the list.
func newClusterFacts(input *helmInput, isClosed bool) *clusterFacts {
	facts := &clusterFacts{isClosed: isClosed, hasVersion: input.KubeVersion != "", minor: minorOf(input.KubeVersion)}
	for _, name := range input.APIVersions {
		if denied, isDenied := strings.CutPrefix(name, deniedAPI); isDenied && !isClosed {
			facts.absent = append(facts.absent, denied)
		} else {
			facts.given = append(facts.given, name)
		}
	}
	input.APIVersions = facts.given
	return facts
}

// minorOf is 0 for a version with a patch.
func minorOf(version string) int {
	minor, isShort := strings.CutPrefix(strings.TrimPrefix(version, "v"), "1.")
	number, err := strconv.Atoi(minor)
	if !isShort || err != nil {
		return 0
	}
	return number
}

// answer is what .Capabilities.APIVersions.Has says, and whether it is known; if not, what Helm would say.
func (f *clusterFacts) answer(name string, told *common.Capabilities, asked *clusterQuestions) (has, known bool) {
	listed := told.APIVersions.Has(name)
	switch {
	case slices.Contains(f.given, name) || f.isClosed:
		return listed, true
	case listed && !f.isServed:
		return true, true
	case !isAPIName(name) || f.isDenied(name):
		return false, true
	}
	has, known, bounds := servedBy(name, told.KubeVersion.Minor)
	if len(bounds) > 0 && !f.hasVersion {
		asked.version = true
		for _, minor := range bounds {
			asked.bounds[minor] = true
		}
	}
	if known {
		return has, true
	}
	return listed, false
}

// isDenied: who has no version of a group has none of its kinds either.
func (f *clusterFacts) isDenied(name string) bool {
	return slices.ContainsFunc(f.absent, func(absent string) bool {
		return name == absent || strings.HasPrefix(name, absent+"/")
	})
}

// isAPIName: clusters list `v1`, `v1/Pod`, `group/version` and `group/version/Kind`, and nothing else.
// https://github.com/helm/helm/blob/v4.3.1/pkg/action/action.go (GetVersionSet)
func isAPIName(name string) bool {
	parts := strings.Split(name, "/")
	if slices.Contains(parts, "") || len(parts) > 3 {
		return false
	}
	return len(parts) > 1 || name == "v1"
}

// clusterQuestions is what the passes of a render asked of the cluster and nobody has declared.
type clusterQuestions struct {
	// With the answer that Helm gave.
	apis map[string]bool
	// A template went through the list of APIs, so that any of them may decide.
	listed bool
	// More were asked for than are kept.
	overflow bool
	version  bool
	// Its patch alone, of this minor.
	minor int
	// What of the version is told apart: constraints, minors from which on something is another, or each single one.
	constraints map[string]bool
	bounds      map[int]bool
	parts       bool
}

func newClusterQuestions() *clusterQuestions {
	return &clusterQuestions{apis: map[string]bool{}, constraints: map[string]bool{}, bounds: map[int]bool{}}
}

func (q *clusterQuestions) add(name string, has bool) {
	if _, known := q.apis[name]; !known && len(q.apis) == maxNames {
		q.overflow = true
		return
	}
	q.apis[name] = has
}

func (q *clusterQuestions) any() bool {
	return len(q.apis) > 0 || len(q.versions()) > 0 || q.version || q.listed
}

package operations

import (
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	// betasOffSince is the minor from which on new beta APIs are switched off:
	// https://github.com/kubernetes/enhancements/tree/master/keps/sig-architecture/3136-beta-apis-off-by-default
	betasOffSince = 24
	// oldMinors is how many minors before the newest one a cluster may be that nobody has declared. Kubernetes keeps the newest three,
	// and clouds support each of them for two years at most: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
	oldMinors = 8
)

// aggregated are groups of Kubernetes itself whose types are not in client-go.
var aggregated = map[string]string{"apiregistration.k8s.io/v1": "APIService"}

type introduced interface{ APILifecycleIntroduced() (major, minor int) }

type removed interface{ APILifecycleRemoved() (major, minor int) }

// servedBy says whether a Kubernetes of this minor serves an API of its own, whether that is known, and from which minors on the answer is
// another one. APIs of others are never known.
func servedBy(name, ofCluster string) (has, known bool, bounds []int) {
	version, kind := splitAPIName(name)
	if only, isAggregated := aggregated[version]; isAggregated {
		return kind == "" || kind == only, true, nil
	}
	group, err := schema.ParseGroupVersion(version)
	if err != nil || !builtIn.IsGroupRegistered(group.Group) {
		return false, false, nil
	}
	minor, err := strconv.Atoi(strings.TrimRight(ofCluster, "+"))
	if err != nil {
		return false, false, nil
	}
	since, until := lifeOf(group, kind)
	if since < 0 { // client-go leaves out what no supported Kubernetes has any more
		return false, minor >= oldestMinor(), nil
	}
	for _, bound := range []int{since, until} {
		if bound > 0 && bound < noMinor {
			bounds = append(bounds, bound)
		}
	}
	isThere := minor >= since && minor < until
	isOn := !strings.Contains(group.Version, "alpha") && (!strings.Contains(group.Version, "beta") || since < betasOffSince)
	return isThere, isOn || !isThere, bounds
}

const noMinor = 1 << 30

// splitAPIName: the core group is `v1` alone.
func splitAPIName(name string) (version, kind string) {
	parts := strings.Split(name, "/")
	if parts[0] == "v1" || len(parts) == 1 {
		return parts[0], strings.Join(parts[1:], "/")
	}
	return strings.Join(parts[:2], "/"), strings.Join(parts[2:], "/")
}

// newestMinor is that of the Kubernetes for which charts are rendered where nobody says more.
func newestMinor() int {
	minor, _ := strconv.Atoi(common.DefaultCapabilities.KubeVersion.Minor) // digits: Helm made it of a number
	return minor
}

func oldestMinor() int { return newestMinor() - oldMinors }

// lifeOf is from which minor on and up to which one a kind is served, or any kind of the version; -1 where none is.
func lifeOf(version schema.GroupVersion, kind string) (since, until int) {
	since, until = -1, 0
	for name := range builtIn.KnownTypes(version) {
		if isOption(name) || (kind != "" && name != kind) {
			continue
		}
		object, err := builtIn.New(version.WithKind(name))
		if err != nil {
			continue
		}
		from, to := 0, noMinor
		if limited, isLimited := object.(introduced); isLimited {
			_, from = limited.APILifecycleIntroduced()
		}
		if limited, isLimited := object.(removed); isLimited {
			_, to = limited.APILifecycleRemoved()
		}
		if since < 0 || from < since {
			since = from
		}
		until = max(until, to)
	}
	return since, until
}

// isOption: what stands beside the kinds of every version (metav1.AddToGroupVersion).
func isOption(name string) bool {
	return strings.HasSuffix(name, "Options") || slices.Contains([]string{"WatchEvent", "List", "Status", "APIVersions", "APIGroup", "APIGroupList", "APIResourceList"}, name)
}

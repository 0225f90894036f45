package operations

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// newestPatch is the last patch that is tried of each minor. Kubernetes has made fewer of each: https://kubernetes.io/releases/patch-releases/
const newestPatch = 20

// vendors are what providers write behind the version. Argo CD takes it off; helm-controller hands it on as it stands.
var vendors = []string{"", "-eks-1", "-gke.1", "+k3s1", "+rke2r1"}

// possibleVersion is a version that the cluster may have.
type possibleVersion struct {
	minor, patch int
	vendor       string
}

func (c possibleVersion) numbers() string { return fmt.Sprintf("1.%d.%d", c.minor, c.patch) }

func (c possibleVersion) version() string { return "v" + c.numbers() + c.vendor }

// candidates are all for which the answers of text functions are compared.
func (f *clusterFacts) candidates() []possibleVersion {
	oldest, newest := oldestMinor(), newestMinor()
	if f.hasVersion {
		oldest, newest = f.minor, f.minor
	}
	endings := vendors[:1]
	if f.isServed {
		endings = vendors
	}
	var all []possibleVersion
	for minor := oldest; minor <= newest; minor++ {
		for patch := range newestPatch + 1 {
			for _, vendor := range endings {
				all = append(all, possibleVersion{minor, patch, vendor})
			}
		}
	}
	return all
}

// withoutVendor: Argo CD hands the numbers alone to Kustomize too. What is no version is refused by who reads it.
func withoutVendor(text string) string {
	if short, err := shortVersion(text); err == nil {
		return short
	}
	return text
}

// isOpen: templates may see another version than the one that is shown.
func (f *clusterFacts) isOpen() bool { return !f.hasVersion || f.minor > 0 }

var numerals = regexp.MustCompile(`\d+`)

// shape is the same for two versions if a text is made of each in the same way, so that only the version in it is another.
func (c possibleVersion) shape(text string) string {
	text = strings.NewReplacer(c.version(), "<v>", strings.TrimPrefix(c.version(), "v"), "<full>", c.numbers(), "<numbers>").Replace(text)
	if len(text) > maxShape {
		return text
	}
	first := true
	return numerals.ReplaceAllStringFunc(text, func(number string) string {
		isMajor := first && number == "1"
		first = false
		switch {
		case isMajor:
			return number
		case number == strconv.Itoa(c.minor):
			return "<minor>"
		case number == strconv.Itoa(c.patch):
			return "<patch>"
		}
		return number
	})
}

// maxShape bounds the texts in which single numbers are taken for those of the version.
const maxShape = 64

// textAnswers is what a function of a template answers for each version.
type textAnswers map[possibleVersion]string

func (a textAnswers) isSame() bool {
	first, isFirst := "", true
	for _, answer := range a {
		if !isFirst && answer != first {
			return false
		}
		first, isFirst = answer, false
	}
	return true
}

// of is the answer for a version. Patches after the newest are taken for it, and none is tried that has the number of its minor: in parts of
// such a version one cannot be told from the other.
func (a textAnswers) of(version possibleVersion) string {
	version.patch = min(version.patch, newestPatch)
	if version.patch == version.minor {
		version.patch--
	}
	return a[version]
}

// addAnswers keeps what tells versions apart.
func (q *clusterQuestions) addAnswers(answers textAnswers, all []possibleVersion) {
	if answers.isSame() {
		return
	}
	var key strings.Builder
	for _, version := range all {
		fmt.Fprint(&key, len(answers[version]), ":", answers[version])
	}
	if _, known := q.texts[key.String()]; !known && len(q.texts) == maxNames {
		q.overflow = true
		return
	}
	q.texts[key.String()] = answers
}

// endings are what providers write behind the version, where answers may tell it apart.
func (q *clusterQuestions) endings() []string {
	found := []string{""}
	for _, answers := range q.texts {
		for version := range answers {
			found = append(found, version.vendor)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

package operations

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"presync.dev/engine/protocol"
)

// clusterDependence is what renders for other clusters have otherwise than the one that is shown.
type clusterDependence struct {
	budget *budget
	// Other forms of objects, and objects that only another cluster gets: their index is notShown.
	forms []variant
	known map[string]bool
	// By object and pointer, the states in which it differs.
	causes map[dependentPlace]*dependentCauses
	heads  map[string]json.RawMessage
	// Not every cluster that is told apart was tried.
	isPartial bool
}

// notShown is the index of a variant that stands for no object of the result.
const notShown = -1

type dependentPlace struct{ object, pointer string }

type dependentCauses struct {
	states [][]string
	// The value is there only in the render that is shown.
	isGone bool
}

func newClusterDependence(budget *budget) *clusterDependence {
	return &clusterDependence{budget: budget, known: map[string]bool{}, causes: map[dependentPlace]*dependentCauses{}, heads: map[string]json.RawMessage{}}
}

// compare takes in one render for another cluster.
func (d *clusterDependence) compare(state clusterState, shown, other []Object) error {
	partners, unpaired := pairObjects(shown, other)
	for at, object := range shown {
		if partners[at] < 0 {
			d.add(object, wholeObject, state, true)
			continue
		}
		pointers := differences(object.Manifest, other[partners[at]].Manifest)
		for _, pointer := range pointers {
			d.add(object, pointer, state, !hasPointer(other[partners[at]].Manifest, pointer))
		}
		if len(pointers) > 0 {
			if err := d.addForm(other[partners[at]]); err != nil {
				return err
			}
		}
	}
	for _, at := range unpaired {
		d.add(other[at], wholeObject, state, false)
		if err := d.addForm(other[at]); err != nil {
			return err
		}
	}
	return nil
}

func (d *clusterDependence) addForm(object Object) error {
	if d.known[string(object.Manifest)] {
		return nil
	}
	d.known[string(object.Manifest)] = true
	d.forms = append(d.forms, variant{Index: notShown, Manifest: object.Manifest, Origin: &object.Origin})
	return d.budget.addDocument(len(object.Manifest))
}

// add keeps the states that have no cause too many: where one API alone makes the difference, another one beside it is no cause.
func (d *clusterDependence) add(object Object, pointer string, state clusterState, isGone bool) {
	head := headOf(object)
	place := dependentPlace{string(head), pointer}
	d.heads[place.object] = head
	causes, before := state.causes(), d.causes[place]
	if before == nil {
		before = &dependentCauses{isGone: true}
		d.causes[place] = before
	}
	isCaused := slices.ContainsFunc(before.states, func(known []string) bool { return len(known) < len(causes) && isAmong(known, causes) })
	if isCaused && (isGone || !before.isGone) { // another value is not what one API alone takes away
		return
	}
	before.states = append(slices.DeleteFunc(before.states, func(known []string) bool {
		return len(known) > len(causes) && isAmong(causes, known)
	}), causes)
	before.isGone = before.isGone && isGone
}

func isAmong(few, many []string) bool {
	return !slices.ContainsFunc(few, func(one string) bool { return !slices.Contains(many, one) })
}

// hasPointer says whether there is anything at a JSON pointer that differences has made.
func hasPointer(manifest json.RawMessage, pointer string) bool {
	var value any
	if json.Unmarshal(manifest, &value) != nil {
		return false
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch holder := value.(type) {
		case map[string]any:
			found, isThere := holder[pointerText.Replace(token)]
			if !isThere {
				return false
			}
			value = found
		case []any:
			at, err := strconv.Atoi(token)
			if err != nil || at >= len(holder) {
				return false
			}
			value = holder[at]
		}
	}
	return true
}

var pointerText = strings.NewReplacer("~1", "/", "~0", "~")

// headOf is enough of an object to say which one it is.
func headOf(object Object) json.RawMessage {
	var named struct {
		APIVersion any `json:"apiVersion"`
		Kind       any `json:"kind"`
		Metadata   struct {
			Name      any `json:"name"`
			Namespace any `json:"namespace,omitempty"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(object.Manifest, &named) // an odd manifest has no name
	head, _ := json.Marshal(named)
	return head
}

// dependentObject is one object with what differs in it. On are the APIs that decide, or `kubernetes` for its version; Gone: what is
// shown is not there in the other cluster.
type dependentObject struct {
	Manifest json.RawMessage `json:"manifest"`
	Pointer  string          `json:"pointer"`
	On       []string        `json:"on"`
	Gone     bool            `json:"gone"`
}

// clusterValue tells the host what a render depends on that nobody declared.
type clusterValue struct {
	APIs       []string          `json:"apis"`
	Kubernetes bool              `json:"kubernetes"`
	Listed     bool              `json:"listed"`
	Partial    bool              `json:"partial"`
	Dependent  []dependentObject `json:"dependent"`
}

func (d *clusterDependence) value(asked *clusterQuestions) *clusterValue {
	value := &clusterValue{
		APIs: append([]string{}, slices.Sorted(maps.Keys(asked.apis))...), Kubernetes: asked.version, Listed: asked.listed,
		Partial: d.isPartial, Dependent: []dependentObject{},
	}
	places := slices.SortedFunc(maps.Keys(d.causes), func(a, b dependentPlace) int {
		return slices.Compare([]string{a.object, a.pointer}, []string{b.object, b.pointer})
	})
	for _, place := range places {
		on := slices.Compact(slices.Sorted(slices.Values(slices.Concat(d.causes[place].states...))))
		value.Dependent = append(value.Dependent, dependentObject{d.heads[place.object], place.pointer, on, d.causes[place].isGone})
	}
	return value
}

// isOwnFailure: what is no word of the chart ends the whole.
func isOwnFailure(err error) bool {
	switch asProtocolError(err).Code {
	case protocol.Build, protocol.Schema, protocol.Parse:
		return false
	}
	return true
}

package operations

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// wholeObject is the JSON pointer of an object that only one of two renders has.
const wholeObject = ""

// variant is an object as the second render made it; Index is its place in Result.Objects, or notShown with an origin of its own.
type variant struct {
	Index    int             `json:"index"`
	Manifest json.RawMessage `json:"manifest"`
	Origin   *Origin         `json:"origin,omitempty"`
}

// markVolatile compares two renders of the same input: the first shown objects of the result, and another one. It adds the pointers
// that differ, appends the objects that only the other render has, and returns the other form of each object that differs, as
// checks must judge all.
func markVolatile(result *Result, shown int, other []Object) []variant {
	var variants []variant
	partners, unpaired := pairObjects(result.Objects[:shown], other)
	for at := range shown {
		object := &result.Objects[at]
		if partners[at] < 0 {
			object.Volatile = []string{wholeObject}
			variants = append(variants, variant{Index: at})
			continue
		}
		manifest := other[partners[at]].Manifest
		if pointers := differences(object.Manifest, manifest); len(pointers) > 0 {
			object.addVolatile(pointers)
			variants = append(variants, variant{Index: at, Manifest: manifest})
		}
	}
	for _, at := range unpaired {
		object := other[at]
		object.Volatile = []string{wholeObject}
		variants = append(variants, variant{Index: len(result.Objects), Manifest: object.Manifest})
		result.Objects = append(result.Objects, object)
	}
	return variants
}

// addVolatile keeps each pointer once; that of the whole object stands for all others.
func (o *Object) addVolatile(pointers []string) {
	if slices.Equal(o.Volatile, []string{wholeObject}) {
		return
	}
	o.Volatile = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(o.Volatile), pointers...))))
}

// pairObjects finds the counterpart of each object: by identity, else (a random name) by template and kind in order.
func pairObjects(first, second []Object) (partners, unpaired []int) {
	partners = slices.Repeat([]int{-1}, len(first))
	taken := make([]bool, len(second))
	for _, withName := range []bool{true, false} {
		waiting := map[string][]int{}
		for at, object := range second {
			if !taken[at] {
				key := pairKey(object, withName)
				waiting[key] = append(waiting[key], at)
			}
		}
		for at, object := range first {
			key := pairKey(object, withName)
			if partners[at] >= 0 || len(waiting[key]) == 0 {
				continue
			}
			partners[at] = waiting[key][0]
			taken[partners[at]] = true
			waiting[key] = waiting[key][1:]
		}
	}
	for at := range second {
		if !taken[at] {
			unpaired = append(unpaired, at)
		}
	}
	return partners, unpaired
}

func pairKey(object Object, withName bool) string {
	var head struct {
		APIVersion any `json:"apiVersion"`
		Kind       any `json:"kind"`
		Metadata   struct {
			Name      any `json:"name"`
			Namespace any `json:"namespace"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(object.Manifest, &head) // an odd manifest is paired by its place alone
	if !withName {
		head.Metadata.Name, head.Metadata.Namespace = nil, nil
	}
	if version, isText := head.APIVersion.(string); isText {
		group, _, _ := strings.Cut(version, "/v") // of one object in two versions of its group either is the other
		head.APIVersion = group
	}
	key, _ := json.Marshal([]any{object.Origin.Path, head})
	return string(key)
}

// differences lists the JSON pointers (RFC 6901) at which two objects differ.
func differences(first, second json.RawMessage) []string {
	var a, b any
	if json.Unmarshal(first, &a) != nil || json.Unmarshal(second, &b) != nil {
		return []string{wholeObject}
	}
	return appendDifferences(nil, "", a, b)
}

func appendDifferences(pointers []string, at string, a, b any) []string {
	if reflect.DeepEqual(a, b) {
		return pointers
	}
	if first, isMap := a.(map[string]any); isMap {
		if second, isMap := b.(map[string]any); isMap {
			return appendMapDifferences(pointers, at, first, second)
		}
	}
	first, isList := a.([]any)
	second, isAlsoList := b.([]any)
	if !isList || !isAlsoList || len(first) != len(second) {
		return append(pointers, at)
	}
	for index := range first {
		pointers = appendDifferences(pointers, at+"/"+strconv.Itoa(index), first[index], second[index])
	}
	return pointers
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func appendMapDifferences(pointers []string, at string, first, second map[string]any) []string {
	keys := maps.Clone(first)
	maps.Copy(keys, second)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		a, inFirst := first[key]
		b, inSecond := second[key]
		pointer := at + "/" + pointerEscape.Replace(key)
		if inFirst && inSecond {
			pointers = appendDifferences(pointers, pointer, a, b)
		} else {
			pointers = append(pointers, pointer)
		}
	}
	return pointers
}

package operations

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

const (
	// minInside is the shortest text that is looked for inside of others; shorter ones are known as a whole only.
	minInside = 4
	// maxCalls bounds how many calls of one pass are asked for every version, and maxKnown how many texts are known for made of it.
	maxCalls = 512
	maxKnown = 512
)

// madeText is what a text, which a template made of the version, would be for each version.
type madeText struct {
	texts []string
	// A sum or code of it, in which no part of the version can be seen.
	isCoded bool
}

// versionTexts follows the version of the cluster through the functions of templates. Each function that looks at such a text is asked
// again for every version that the cluster may have; what it answers otherwise makes another cluster to try.
type versionTexts struct {
	watch *clusterWatch
	all   []possibleVersion
	known map[string][]madeText
	calls map[string]bool
}

func newVersionTexts(watch *clusterWatch) *versionTexts {
	return &versionTexts{watch: watch, all: watch.facts.candidates(), known: map[string][]madeText{}, calls: map[string]bool{}}
}

// give notes that a template has the version in its hands.
func (v *versionTexts) give(shown string, of func(possibleVersion) string) {
	texts := make([]string, len(v.all))
	for at, version := range v.all {
		texts[at] = of(version)
	}
	v.know(shown, madeText{texts: texts})
}

func (v *versionTexts) know(shown string, made madeText) {
	if shown == "" || slices.ContainsFunc(v.known[shown], func(known madeText) bool { return slices.Equal(known.texts, made.texts) }) {
		return
	}
	if len(v.known) >= maxKnown {
		v.watch.asked.overflow = true
		return
	}
	v.known[shown] = append(v.known[shown], made)
}

// inside are the known texts that are found in a text, the longest first.
func (v *versionTexts) inside(text string) []string {
	if v.known[text] != nil {
		return []string{text}
	}
	var found []string
	for known := range v.known {
		if len(known) >= minInside && strings.Contains(text, known) {
			found = append(found, known)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return found
}

// inText is what stands for a text at one version. Which is which decides where one text was made in several ways.
func (v *versionTexts) inText(text string, at, which int) string {
	var pairs []string
	for _, known := range v.inside(text) {
		ways := v.known[known]
		pairs = append(pairs, known, ways[min(which, len(ways)-1)].texts[at])
	}
	if len(pairs) == 0 {
		return text
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// inValue does so in what a function is given: texts, and lists of them.
func (v *versionTexts) inValue(given reflect.Value, at, which int) reflect.Value {
	switch {
	case !given.IsValid():
		return given
	case given.Kind() == reflect.Interface && !given.IsNil():
		changed := reflect.New(given.Type()).Elem()
		changed.Set(v.inValue(given.Elem(), at, which))
		return changed
	case given.Kind() == reflect.String:
		return reflect.ValueOf(v.inText(given.String(), at, which)).Convert(given.Type())
	case given.Kind() == reflect.Slice && isTextList(given):
		changed := reflect.MakeSlice(given.Type(), given.Len(), given.Len())
		for item := range given.Len() {
			changed.Index(item).Set(v.inValue(given.Index(item), at, which))
		}
		return changed
	}
	return given
}

func isTextList(list reflect.Value) bool {
	kind := list.Type().Elem().Kind()
	return kind == reflect.String || kind == reflect.Interface
}

// textsIn are the texts that a value has, and in lists.
func textsIn(value reflect.Value) []string {
	switch {
	case !value.IsValid():
		return nil
	case value.Kind() == reflect.Interface:
		return textsIn(value.Elem())
	case value.Kind() == reflect.String:
		return []string{value.String()}
	case value.Kind() == reflect.Slice && isTextList(value):
		var texts []string
		for item := range value.Len() {
			texts = append(texts, textsIn(value.Index(item))...)
		}
		return texts
	case value.Kind() == reflect.Map && value.Type() == reflect.TypeFor[map[string]string]():
		var texts []string
		for _, key := range slices.Sorted(maps.Keys(value.Interface().(map[string]string))) { //nolint:forcetypeassert // its type was compared
			texts = append(texts, value.MapIndex(reflect.ValueOf(key)).String())
		}
		return texts
	}
	return nil
}

func (v *versionTexts) watched(name string, function reflect.Value) any {
	return reflect.MakeFunc(function.Type(), func(given []reflect.Value) []reflect.Value {
		results := callWith(function, given)
		if ways := v.ways(given); ways > 0 && v.isNew(name, given) {
			isTold := false
			for which := range ways {
				isTold = v.follow(name, function, given, results[0], which) || isTold
			}
			if !isTold && v.watch.facts.isServed && asksVendor(name, given) {
				v.watch.asked.overflow = true // what any other provider writes there is not known
			}
		}
		return results
	}).Interface()
}

func callWith(function reflect.Value, given []reflect.Value) []reflect.Value {
	if function.Type().IsVariadic() {
		return function.CallSlice(given)
	}
	return function.Call(given)
}

// ways is in how many ways the texts that are given were made of the version; none for others.
func (v *versionTexts) ways(given []reflect.Value) int {
	ways := 0
	if len(v.known) == 0 {
		return ways
	}
	for _, one := range given {
		for _, text := range textsIn(one) {
			for _, known := range v.inside(text) {
				ways = max(ways, len(v.known[known]))
			}
		}
	}
	return ways
}

func (v *versionTexts) isNew(name string, given []reflect.Value) bool {
	var key strings.Builder
	fmt.Fprint(&key, name)
	for _, one := range given {
		fmt.Fprintf(&key, " %#v", one.Interface())
	}
	for _, one := range given {
		for _, text := range textsIn(one) {
			fmt.Fprint(&key, " ", len(v.known[text]))
		}
	}
	if v.calls[key.String()] {
		return false
	}
	if len(v.calls) == maxCalls {
		v.watch.asked.overflow = true
		return false
	}
	v.calls[key.String()] = true
	return true
}

// follow asks for each version, knows what comes out, and says whether that tells versions apart.
func (v *versionTexts) follow(name string, function reflect.Value, given []reflect.Value, shown reflect.Value, which int) (isTold bool) {
	isCoded := slices.Contains(codesText, name) || v.isCoded(given, which)
	answers := textAnswers{}
	shownTexts := textsIn(shown)
	made := make([]madeText, len(shownTexts))
	for at, version := range v.all {
		var changed []reflect.Value
		for _, one := range given {
			changed = append(changed, v.inValue(one, at, which))
		}
		result, failed := tryCall(function, changed)
		texts := textsIn(result)
		answers[version] = describe(version, result, texts, isCoded) + failed
		for part := range made {
			text := ""
			if part < len(texts) {
				text = texts[part]
			}
			made[part].texts = append(made[part].texts, text)
		}
	}
	for part, text := range shownTexts {
		made[part].isCoded = isCoded
		v.know(text, made[part])
	}
	v.watch.asked.addAnswers(answers, v.all)
	return !answers.isSame()
}

func (v *versionTexts) isCoded(given []reflect.Value, which int) bool {
	return slices.ContainsFunc(given, func(one reflect.Value) bool {
		return slices.ContainsFunc(textsIn(one), func(text string) bool {
			return slices.ContainsFunc(v.inside(text), func(known string) bool {
				ways := v.known[known]
				return ways[min(which, len(ways)-1)].isCoded
			})
		})
	})
}

func tryCall(function reflect.Value, given []reflect.Value) (result reflect.Value, failed string) {
	defer func() {
		if problem := recover(); problem != nil { // as for a template, where it is an error
			result, failed = reflect.Value{}, "fails"
		}
	}()
	results := callWith(function, given)
	if len(results) > 1 && !results[1].IsNil() {
		failed = "fails"
	}
	return results[0], failed
}

// describe is the same for answers between which a template can see no difference but the version itself.
func describe(version possibleVersion, result reflect.Value, texts []string, isCoded bool) string {
	var answer strings.Builder
	for _, text := range texts {
		if isCoded {
			fmt.Fprint(&answer, len(text), ",")
		} else {
			fmt.Fprintf(&answer, "%q,", version.shape(text))
		}
	}
	if texts != nil || !result.IsValid() || !result.CanInterface() {
		return answer.String()
	}
	if parsed, isParsed := result.Interface().(*semver.Version); isParsed && parsed != nil {
		return parsed.Prerelease() + parsed.Metadata() // its minor is a question of its own
	}
	fmt.Fprintf(&answer, "%v", result.Interface())
	return answer.String()
}

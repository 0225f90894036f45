package operations

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"helm.sh/helm/v4/pkg/chart/common"
)

// watchedVersions is a list of APIs that templates may ask and go through. A slice cannot tell that it is gone through; a function can,
// and templates range over it just so. Without a function to call it says who it is.
type watchedVersions func(next func(string) bool)

// handed is the list of the last watchedVersions that said who it is.
var handed struct {
	sync.Mutex
	of capabilities
}

func (c capabilities) versions() watchedVersions {
	return func(next func(string) bool) {
		if next == nil {
			handed.of = c
			return
		}
		for _, name := range c.watch.list(c.told) {
			if !next(name) {
				return
			}
		}
	}
}

func (v watchedVersions) owner() capabilities {
	handed.Lock()
	defer handed.Unlock()
	v(nil)
	return handed.of
}

// Has is what Helm's own list has.
func (v watchedVersions) Has(name string) bool {
	owner := v.owner()
	return owner.watch.has(owner.told, name)
}

func (v watchedVersions) all() common.VersionSet {
	owner := v.owner()
	return owner.watch.list(owner.told)
}

// MarshalJSON is what toJson and toYaml call.
func (v watchedVersions) MarshalJSON() ([]byte, error) { return json.Marshal(v.all()) }

// Format is what printing calls.
func (v watchedVersions) Format(state fmt.State, verb rune) {
	_, _ = fmt.Fprintf(state, fmt.FormatString(state, verb), v.all())
}

// lookingInside are the functions that look at what they are given, and at lists. Others take such a list for none, which ends the render.
var lookingInside = []string{"has", "mustHas", "join", "typeOf", "typeIs", "typeIsLike", "kindOf", "kindIs"}

// plainFunctions see Helm's own values in place of the watched ones, so that no chart tells one from the other.
func plainFunctions(table template.FuncMap) {
	original := sprig.TxtFuncMap()
	for _, name := range lookingInside {
		table[name] = plainFunction(original[name])
	}
	table["printf"] = plainFunction(fmt.Sprintf)
}

func plainFunction(function any) any {
	called := reflect.ValueOf(function)
	return reflect.MakeFunc(called.Type(), func(given []reflect.Value) []reflect.Value {
		for at, one := range given {
			if one.Kind() == reflect.Interface && !one.IsNil() {
				given[at] = reflect.ValueOf(plainValue(one.Interface()))
			}
		}
		if !called.Type().IsVariadic() {
			return called.Call(given)
		}
		last := len(given) - 1
		if more, isList := given[last].Interface().([]any); isList {
			more = slices.Clone(more)
			for at, one := range more {
				more[at] = plainValue(one)
			}
			given[last] = reflect.ValueOf(more)
		}
		return called.CallSlice(given)
	}).Interface()
}

func plainValue(value any) any {
	switch value := value.(type) {
	case watchedVersions:
		return value.all()
	case *watchedCapabilities:
		return value.all()
	case *watchedVersion:
		return *value.Hidden.told
	}
	return value
}

package operations

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// looksAtText are sprig's functions whose answer depends on what a text says. Others hand it on as it stands, in which it is found again.
var looksAtText = []string{
	"contains", "hasPrefix", "hasSuffix", "regexMatch", "mustRegexMatch", "regexFind", "mustRegexFind", "regexFindAll", "mustRegexFindAll",
	"regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral", "regexSplit", "mustRegexSplit",
	"split", "splitList", "splitn", "trimPrefix", "trimSuffix", "trimAll", "trimall", "trunc", "substr", "abbrev", "abbrevboth", "replace",
	"nospace", "initials", "swapcase", "upper", "lower", "title", "untitle", "snakecase", "camelcase", "kebabcase", "base", "dir", "ext", "clean",
	"atoi", "int", "int64", "float64", "toDecimal", "add", "add1", "sub", "mul", "div", "mod", "max", "min", "biggest", "addf", "subf", "mulf",
	"divf", "maxf", "minf", "floor", "ceil", "round", "has", "mustHas", "without", "mustWithout", "get", "hasKey", "semverCompare", "semver",
	"deepEqual", "printf",
}

// codesText are those whose answer has no part of the text in it: a sum of an object that prints the version is in many charts.
var codesText = []string{"sha1sum", "sha256sum", "sha512sum", "adler32sum", "b64enc", "b64dec", "b32enc", "b32dec"}

// ownFunctions are those of text/template itself.
var ownFunctions = []string{"eq", "ne", "lt", "le", "gt", "ge", "index", "len"}

// wrap puts the watch around the functions of a table.
func (v *versionTexts) wrap(table template.FuncMap) {
	original := sprig.TxtFuncMap()
	for _, name := range slices.Concat(looksAtText, codesText) {
		function, isReplaced := table[name]
		if !isReplaced {
			function = original[name]
		}
		table[name] = v.watched(name, reflect.ValueOf(function))
	}
	for _, name := range ownFunctions {
		table[name] = v.watched(name, reflect.ValueOf(ownFunction(name)))
	}
}

// ownFunction is a function that text/template does not export.
func ownFunction(name string) func(given ...any) (any, error) {
	return func(given ...any) (any, error) {
		var answer any
		var call strings.Builder
		for at := range given {
			fmt.Fprintf(&call, " (index . %d)", at)
		}
		keep := template.FuncMap{"keep": func(value any) string { answer = value; return "" }}
		parsed, err := template.New(name).Funcs(keep).Parse("{{ keep (" + name + call.String() + ") }}")
		if err != nil {
			return nil, err
		}
		return answer, parsed.Execute(&strings.Builder{}, given)
	}
}

var wordOfVendor = regexp.MustCompile(`[A-Za-z]{2,}`)

// asksVendor: a word in what is looked for can only stand behind the numbers.
func asksVendor(name string, given []reflect.Value) bool {
	isSearch := slices.Contains([]string{"contains", "hasSuffix", "regexMatch", "mustRegexMatch", "regexFind", "mustRegexFind"}, name)
	return isSearch && wordOfVendor.MatchString(given[0].String())
}

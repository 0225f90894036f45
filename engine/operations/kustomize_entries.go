package operations

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// entry is one text in a kustomization that names a file or a folder, and how to put another one there.
type entry struct {
	text    string
	use     entryUse
	replace func(string)
}

var listFields = []struct {
	name string
	use  entryUse
}{
	{"resources", toEither}, {"bases", toFolder}, {"components", toFolder}, {"generators", toEither}, {"transformers", toEither},
	{"validators", toEither}, {"crds", toFile}, {"configurations", toFile}, {"patchesStrategicMerge", toFile},
}

// entriesOf lists what a kustomization names. Inline texts (patches, generators) have line breaks and are no paths.
func entriesOf(fields map[string]any) []entry {
	var found []entry
	for _, field := range listFields {
		found = append(found, listEntries(fields, field.name, field.use)...)
	}
	for _, field := range []string{"patches", "patchesJson6902", "replacements"} {
		for _, item := range itemsOf(fields, field) {
			found = append(found, fieldEntries(item, "path")...)
		}
	}
	for _, field := range []string{"configMapGenerator", "secretGenerator"} {
		for _, item := range itemsOf(fields, field) {
			found = append(found, generatorEntries(item)...)
		}
	}
	for _, schema := range valuesOf(fields, "openapi") {
		found = append(found, fieldEntries(schema, "path")...)
	}
	return found
}

// valuesOf is what Kustomize may take for a field: it decodes with encoding/json, to which the case of a name is all one.
func valuesOf(fields map[string]any, name string) []any {
	var values []any
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if strings.EqualFold(key, name) {
			values = append(values, fields[key])
		}
	}
	return values
}

func itemsOf(fields map[string]any, name string) []any {
	var items []any
	for _, value := range valuesOf(fields, name) {
		list, _ := value.([]any)
		items = append(items, list...)
	}
	return items
}

func listEntries(fields map[string]any, name string, use entryUse) []entry {
	var found []entry
	for _, value := range valuesOf(fields, name) {
		list, _ := value.([]any)
		for index, item := range list {
			if text, isText := item.(string); isText && !strings.Contains(text, "\n") {
				found = append(found, entry{text, use, func(with string) { list[index] = with }})
			}
		}
	}
	return found
}

func fieldEntries(item any, name string) []entry {
	fields, _ := item.(map[string]any)
	var found []entry
	for key, value := range fields {
		if text, isText := value.(string); isText && text != "" && strings.EqualFold(key, name) {
			found = append(found, entry{text, toFile, func(with string) { fields[key] = with }})
		}
	}
	return found
}

// generatorEntries of `files` may have a key in front (key=path), which is else the last part of the path.
func generatorEntries(item any) []entry {
	fields, _ := item.(map[string]any)
	found := append(fieldEntries(item, "env"), listEntries(fields, "envs", toFile)...)
	for _, one := range listEntries(fields, "files", toFile) {
		key, file, hasKey := strings.Cut(one.text, "=")
		if !hasKey {
			key, file = path.Base(one.text), one.text
		}
		found = append(found, entry{file, toFile, func(with string) { one.replace(key + "=" + with) }})
	}
	return found
}

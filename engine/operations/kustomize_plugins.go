package operations

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/yaml"
	yamlnode "sigs.k8s.io/yaml/goyaml.v3"

	"presync.dev/engine/vfs"
)

// pluginFilter takes out of kustomizations what Kustomize would start a program or a container for, so that the rest of a build
// that can never be whole is seen. What is builtin is decided as the loader does:
// https://github.com/kubernetes-sigs/kustomize/blob/api/v0.21.3/api/internal/plugins/loader/loader.go (isBuiltinPlugin)
type pluginFilter struct {
	files *vfs.FS
	// Kustomizations whose resources configure plugins, because a list of plugins names their folder.
	configures map[string]bool
	left       map[string]bool
}

func newPluginFilter(request *Request) *pluginFilter {
	return &pluginFilter{files: request.FS, configures: map[string]bool{}, left: map[string]bool{}}
}

// kustomization is the file without its plugins; a nil filter takes out nothing.
func (p *pluginFilter) kustomization(at string, content []byte) []byte {
	var fields map[string]any
	if p == nil || yaml.Unmarshal(content, &fields) != nil {
		return content
	}
	changed := false
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		list, isList := fields[key].([]any)
		if !isList || !p.isFiltered(at, key) {
			continue
		}
		// An empty list stays: Kustomize refuses a kustomization without any field.
		kept := []any{}
		for _, item := range list {
			text, isText := item.(string)
			with := []any{item}
			if isText {
				with = p.withoutPlugins(at, text, !strings.EqualFold(key, "resources"))
			}
			changed = changed || len(with) == 0 || with[0] != item
			kept = append(kept, with...)
		}
		fields[key] = kept
	}
	if without, err := yaml.Marshal(fields); changed && err == nil {
		return without
	}
	return content
}

func (p *pluginFilter) isFiltered(at, key string) bool {
	names := []string{"generators", "transformers", "validators"}
	if p.configures[at] {
		names = append(names, "resources")
	}
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(key, name) })
}

// withoutPlugins is what stays of one entry, a path or the configuration itself. Of a file with both kinds the builtin ones are
// written in its place where that may be.
func (p *pluginFilter) withoutPlugins(at, text string, mayBeInline bool) []any {
	configs := pluginConfigs([]byte(text))
	if configs == nil {
		configs = p.configsIn(at, text)
	}
	var builtin []string
	for _, one := range configs {
		if one.isBuiltin() {
			builtin = append(builtin, one.text)
			continue
		}
		p.left[fmt.Sprintf("%s: what the plugin %s (%s) would add or change is not shown", strings.TrimPrefix(at, "/"), one.kind, one.apiVersion)] = true
	}
	switch {
	case len(builtin) == len(configs):
		return []any{text}
	case len(builtin) == 0 || !mayBeInline:
		return nil
	}
	return []any{strings.Join(builtin, "---\n")}
}

// configsIn reads the file of an entry. A folder is remembered instead: its kustomization comes by later.
func (p *pluginFilter) configsIn(at, text string) []pluginConfig {
	target, err := p.files.Real(path.Join(path.Dir(at), text))
	if err != nil {
		return nil
	}
	info, found := p.files.Lookup(target)
	if !found {
		return nil // the build says so
	}
	if info.Dir {
		for _, name := range kustomizationNames {
			p.configures[path.Join(target, name)] = true
		}
		return nil
	}
	content, err := p.files.ReadFile(target)
	if err != nil {
		return nil
	}
	return pluginConfigs(content)
}

type pluginConfig struct{ apiVersion, kind, text string }

func (c pluginConfig) isBuiltin() bool { return c.apiVersion == konfig.BuiltinPluginApiVersion }

// pluginConfigs are the objects of a text; nil where it is none, like a path.
func pluginConfigs(content []byte) []pluginConfig {
	var configs []pluginConfig
	decoder := yamlnode.NewDecoder(bytes.NewReader(content))
	for {
		var document yamlnode.Node
		if decoder.Decode(&document) != nil {
			return configs // at the end; of a broken file the build says what is wrong
		}
		config := pluginConfig{apiVersion: topText(&document, "apiVersion"), kind: topText(&document, "kind")}
		if config.kind == "" {
			continue
		}
		text, err := yamlnode.Marshal(&document)
		if err != nil {
			continue
		}
		config.text = string(text)
		configs = append(configs, config)
	}
}

// topText is the text of a field of a document; nodes are looked at as they are written, so that no alias is expanded.
func topText(document *yamlnode.Node, name string) string {
	if len(document.Content) == 0 || document.Content[0].Kind != yamlnode.MappingNode {
		return ""
	}
	fields := document.Content[0].Content
	for at := 0; at+1 < len(fields); at += 2 {
		if fields[at].Value == name {
			return fields[at+1].Value
		}
	}
	return ""
}

// warnings name the plugins that were left out.
func (p *pluginFilter) warnings() []string {
	if p == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(p.left))
}

package operations

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

type helmParameter struct {
	Name        string `json:"name"`
	Value       string `json:"value"`
	ForceString bool   `json:"forceString"`
}

type helmFileParameter struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// chartValues merges values in Argo CD's order: files, then values or valuesObject, then parameters, each later one over
// the earlier. https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go (helmTemplate) and
// https://github.com/helm/helm/blob/v4.3.1/pkg/cli/values/options.go (MergeValues).
func chartValues(fs *vfs.FS, input *helmInput, budget *budget) (map[string]any, error) {
	files, err := resolveValueFiles(fs, input)
	if err != nil {
		return nil, err
	}
	fs.Prefetch(files)
	values := map[string]any{}
	for _, file := range files {
		data, err := readFile(fs, file)
		if err != nil {
			return nil, err
		}
		if values, err = mergeValues(values, file, data, budget); err != nil {
			return nil, err
		}
	}
	inline, err := inlineValues(input)
	if err != nil {
		return nil, err
	}
	if values, err = mergeValues(values, "", inline, budget); err != nil {
		return nil, err
	}
	return values, setParameters(fs, input, values)
}

func mergeValues(values map[string]any, file string, data []byte, budget *budget) (map[string]any, error) {
	if bomb := refuseBomb(data, budget.outputBytes()); bomb != nil && bomb.limit {
		return nil, &protocol.Error{Code: protocol.Limit, Message: bomb.Error(), Path: repositoryPath(file), Line: bomb.line}
	}
	loaded, err := loader.LoadValues(bytes.NewReader(data))
	if err != nil {
		failed := &protocol.Error{Code: protocol.Build, Message: fmt.Sprintf("failed to parse %s: %s", valuesName(file), err), Line: lineOf(err.Error())}
		if file != "" {
			failed.Path = repositoryPath(file)
		}
		return nil, failed
	}
	return loader.MergeMaps(values, loaded), nil
}

func valuesName(file string) string {
	if file == "" {
		return "the inline values"
	}
	return repositoryPath(file)
}

// inlineValues: valuesObject wins over values, as in ApplicationSourceHelm.ValuesYAML.
func inlineValues(input *helmInput) ([]byte, error) {
	object := bytes.TrimSpace(input.ValuesObject)
	if len(object) == 0 || string(object) == "null" {
		return []byte(input.Values), nil
	}
	inline, err := yaml.JSONToYAML(object)
	if err != nil {
		return nil, badInput(err)
	}
	return inline, nil
}

// setParameters: Argo CD keeps parameters by name, so the last of a name counts, and passes --set, --set-string and
// --set-file, which Helm applies in that order. Argo CD's order inside each is that of a map; ours is that of the list.
func setParameters(fs *vfs.FS, input *helmInput, values map[string]any) error {
	for _, forced := range []bool{false, true} {
		set := strvals.ParseInto
		if forced {
			set = strvals.ParseIntoString
		}
		for _, parameter := range lastOfEachName(input.Parameters, forced) {
			if err := set(parameter.Name+"="+escapeCommas(parameter.Value), values); err != nil {
				return buildError("", 0, fmt.Errorf("failed parsing --set data: %w", err))
			}
		}
	}
	return setFileParameters(fs, input, values)
}

func lastOfEachName(parameters []helmParameter, forced bool) []helmParameter {
	var kept []helmParameter
	for _, parameter := range parameters {
		if parameter.ForceString != forced {
			continue
		}
		kept = slices.DeleteFunc(kept, func(earlier helmParameter) bool { return earlier.Name == parameter.Name })
		kept = append(kept, parameter)
	}
	return kept
}

func setFileParameters(fs *vfs.FS, input *helmInput, values map[string]any) error {
	files := map[string]string{}
	var names []string
	for _, parameter := range input.FileParameters {
		at, err := resolveFile(input.Path, parameter.Path)
		if err != nil {
			return err
		}
		names = append(slices.DeleteFunc(names, func(name string) bool { return name == parameter.Name }), parameter.Name)
		files[parameter.Name] = at
	}
	read := func(name []rune) (any, error) {
		data, err := readFile(fs, string(name))
		return string(data), err
	}
	for _, name := range names {
		if err := strvals.ParseIntoFile(name+"="+escapeCommas(files[name]), values, read); err != nil {
			return fileError("", fmt.Errorf("failed parsing --set-file data: %w", err))
		}
	}
	return nil
}

// escapeCommas is cleanSetParameters of https://github.com/argoproj/argo-cd/blob/v3.6.1/util/helm/cmd.go: a comma would
// start the next parameter, unless the author escaped it or wrote a list in braces.
func escapeCommas(value string) string {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return value
	}
	var escaped strings.Builder
	var previous rune
	for _, character := range value {
		if character == ',' && previous != '\\' {
			escaped.WriteRune('\\')
		}
		escaped.WriteRune(character)
		previous = character
	}
	return escaped.String()
}

// resolveValueFiles is getResolvedValueFiles of Argo CD's repo server: patterns expand in lexical order, a file that is
// also listed by name keeps that position, each file counts once.
func resolveValueFiles(fs *vfs.FS, input *helmInput) ([]string, error) {
	explicit := map[string]bool{}
	for _, file := range input.ValueFiles {
		if at, err := resolveFile(input.Path, file); err == nil && !isPattern(at) {
			explicit[at] = true
		}
	}
	var resolved []string
	for _, file := range input.ValueFiles {
		at, err := resolveFile(input.Path, file)
		if err != nil {
			return nil, err
		}
		found, err := valueFilesAt(fs, input, file, at, explicit)
		if err != nil {
			return nil, err
		}
		for _, match := range found {
			if !slices.Contains(resolved, match) {
				resolved = append(resolved, match)
			}
		}
	}
	return resolved, nil
}

func valueFilesAt(fs *vfs.FS, input *helmInput, file, at string, explicit map[string]bool) ([]string, error) {
	if !isPattern(at) {
		if _, found := fs.Lookup(at); !found && input.IgnoreMissingValueFiles {
			return nil, nil
		}
		return []string{at}, nil
	}
	matches, err := doublestar.Glob(ioFS{fs}, strings.TrimPrefix(at, "/"))
	if err != nil {
		return nil, buildError("", 0, fmt.Errorf("error expanding glob pattern %q: %w", file, err))
	}
	if len(matches) == 0 && !input.IgnoreMissingValueFiles {
		return nil, buildError("", 0, fmt.Errorf("values file glob %q matched no files", file))
	}
	var kept []string
	for _, match := range matches {
		if match = path.Join("/", match); !explicit[match] {
			kept = append(kept, match)
		}
	}
	return kept, nil
}

func isPattern(at string) bool { return strings.ContainsAny(at, "*?[") }

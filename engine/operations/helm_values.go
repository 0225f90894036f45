package operations

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

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

// valueText is values that are already read; the name is for errors.
type valueText struct {
	name string
	data []byte
}

// chartValues merges values in Argo CD's order: files, then values or valuesObject, then parameters, each later one over
// the earlier. https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go (helmTemplate) and
// https://github.com/helm/helm/blob/v4.3.1/pkg/cli/values/options.go (MergeValues).
func chartValues(request *Request, job *chartJob, budget *budget) (map[string]any, error) {
	if err := job.bringFiles(request); err != nil {
		return nil, err
	}
	files, err := expandValueFiles(request.FS, job)
	if err != nil {
		return nil, err
	}
	request.FS.Prefetch(files)
	values := map[string]any{}
	for _, text := range job.texts {
		if values, err = mergeValues(values, text.name, text.data, budget); err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		data, err := readFile(request.FS, file)
		if err != nil {
			return nil, err
		}
		if values, err = mergeValues(values, file, data, budget); err != nil {
			return nil, err
		}
	}
	inline, err := inlineValues(&job.input)
	if err != nil {
		return nil, err
	}
	if values, err = mergeValues(values, "", inline, budget); err != nil {
		return nil, err
	}
	return values, setParameters(request.FS, job, values)
}

func mergeValues(values map[string]any, file string, data []byte, budget *budget) (map[string]any, error) {
	if bomb := refuseBomb(data, budget.outputBytes()); bomb != nil && bomb.limit {
		return nil, &protocol.Error{Code: protocol.Limit, Message: bomb.Error(), Path: ownPath(file), Line: bomb.line}
	}
	loaded, err := loader.LoadValues(bytes.NewReader(data))
	if err != nil {
		failed := &protocol.Error{Code: protocol.Build, Message: fmt.Sprintf("failed to parse %s: %s", valuesName(file), err), Line: lineOf(err.Error())}
		if file != "" {
			failed.Path = ownPath(file)
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
func setParameters(fs *vfs.FS, job *chartJob, values map[string]any) error {
	for _, forced := range []bool{false, true} {
		set := strvals.ParseInto
		if forced {
			set = strvals.ParseIntoString
		}
		for _, parameter := range lastOfEachName(job.input.Parameters, forced) {
			if err := set(parameter.Name+"="+escapeCommas(parameter.Value), values); err != nil {
				return buildError("", 0, fmt.Errorf("failed parsing --set data: %w", err))
			}
		}
	}
	return setFileParameters(fs, job, values)
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

func setFileParameters(fs *vfs.FS, job *chartJob, values map[string]any) error {
	files := map[string]string{}
	var names []string
	for at, parameter := range job.input.FileParameters {
		names = append(slices.DeleteFunc(names, func(earlier string) bool { return earlier == parameter.Name }), parameter.Name)
		files[parameter.Name] = job.fileParameters[at].at
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

package operations

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"

	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/kustomize/v5/commands/edit"
	"sigs.k8s.io/yaml"
)

// kustomizeEdits is ApplicationSourceKustomize: https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
// Values come with the build environment already put in.
type kustomizeEdits struct {
	NamePrefix                string            `json:"namePrefix"`
	NameSuffix                string            `json:"nameSuffix"`
	Images                    []string          `json:"images"`
	Replicas                  []replicaCount    `json:"replicas"`
	CommonLabels              map[string]string `json:"commonLabels"`
	ForceCommonLabels         bool              `json:"forceCommonLabels"`
	LabelWithoutSelector      bool              `json:"labelWithoutSelector"`
	LabelIncludeTemplates     bool              `json:"labelIncludeTemplates"`
	CommonAnnotations         map[string]string `json:"commonAnnotations"`
	ForceCommonAnnotations    bool              `json:"forceCommonAnnotations"`
	CommonAnnotationsEnvsubst bool              `json:"commonAnnotationsEnvsubst"`
	Namespace                 string            `json:"namespace"`
	Patches                   []map[string]any  `json:"patches"`
	Components                []string          `json:"components"`
	IgnoreMissingComponents   bool              `json:"ignoreMissingComponents"`
}

type replicaCount struct {
	Name  string          `json:"name"`
	Count json.RawMessage `json:"count"`
}

// apply runs `kustomize edit` in Argo CD's order:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/kustomize/kustomize.go (Build)
func (e *kustomizeEdits) apply(files *buildFS) error {
	if e == nil {
		return nil
	}
	for _, args := range e.commands() {
		if err := runEdit(files, args); err != nil {
			return fmt.Errorf("kustomize edit %s %s: %w", args[0], args[1], err)
		}
	}
	if err := e.addPatches(files); err != nil {
		return err
	}
	components, err := files.bringComponents(e.presentComponents(files))
	if err != nil || len(components) == 0 {
		return err
	}
	return runEdit(files, append([]string{"add", "component"}, components...))
}

// bringComponents has those mounted that are not in this repository: the edit looks for each one before it adds it.
func (b *buildFS) bringComponents(components []string) ([]string, error) {
	local := slices.Clone(components)
	entries := make([]entry, len(local))
	for at, component := range local {
		entries[at] = entry{component, toFolder, func(with string) { local[at] = with }}
	}
	if _, err := b.rewriter.bring(path.Join(b.dir, kustomizationNames[0]), entries); err != nil {
		b.stopped = err
		return nil, err
	}
	return local, nil
}

func (e *kustomizeEdits) commands() [][]string {
	var all [][]string
	add := func(given bool, args ...string) {
		if given {
			all = append(all, args)
		}
	}
	add(e.NamePrefix != "", "set", "nameprefix", "--", e.NamePrefix)
	add(e.NameSuffix != "", "set", "namesuffix", "--", e.NameSuffix)
	add(len(e.Images) > 0, append([]string{"set", "image"}, e.Images...)...)
	add(len(e.Replicas) > 0, append([]string{"set", "replicas"}, e.replicas()...)...)
	add(len(e.CommonLabels) > 0, append(e.labelFlags(), pairs(e.CommonLabels)...)...)
	add(len(e.CommonAnnotations) > 0, append(e.annotationFlags(), pairs(e.CommonAnnotations)...)...)
	add(e.Namespace != "", "set", "namespace", "--", e.Namespace)
	return all
}

func (e *kustomizeEdits) labelFlags() []string {
	args := []string{"add", "label"}
	for flag, given := range map[string]bool{"--force": e.ForceCommonLabels, "--without-selector": e.LabelWithoutSelector, "--include-templates": e.LabelIncludeTemplates} {
		if given {
			args = append(args, flag)
		}
	}
	return args
}

func (e *kustomizeEdits) annotationFlags() []string {
	if e.ForceCommonAnnotations {
		return []string{"add", "annotation", "--force"}
	}
	return []string{"add", "annotation"}
}

func (e *kustomizeEdits) replicas() []string {
	var counts []string
	for _, replica := range e.Replicas {
		var text string
		if json.Unmarshal(replica.Count, &text) != nil {
			text = string(replica.Count)
		}
		counts = append(counts, fmt.Sprintf("%s=%s", replica.Name, text))
	}
	return counts
}

func pairs(values map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, name+":"+values[name])
	}
	return all
}

func runEdit(files *buildFS, args []string) error {
	dependencies := provider.NewDefaultDepProvider()
	command := edit.NewCmdEdit(files, dependencies.GetFieldValidator(), dependencies.GetResourceFactory(), io.Discard)
	command.SetArgs(args)
	command.SetOut(io.Discard)
	command.SetErr(io.Discard)
	command.SilenceErrors, command.SilenceUsage = true, true
	return command.Execute()
}

// addPatches appends to the list in the file, not through an edit, as Argo CD does.
func (e *kustomizeEdits) addPatches(files *buildFS) error {
	if len(e.Patches) == 0 {
		return nil
	}
	for _, name := range kustomizationNames {
		at := path.Join(files.dir, name)
		content, err := files.FS.ReadFile(at)
		if err != nil {
			continue
		}
		var fields map[string]any
		if err := yaml.Unmarshal(content, &fields); err != nil {
			return fmt.Errorf("failed to unmarshal %s: %w", name, err)
		}
		list, isList := fields["patches"].([]any)
		if _, given := fields["patches"]; given && !isList {
			return fmt.Errorf("expected 'patches' field in %s to be a list", name)
		}
		for _, patch := range e.Patches {
			list = append(list, patch)
		}
		fields["patches"] = list
		updated, err := yaml.Marshal(fields)
		if err != nil {
			return err
		}
		files.FS.WriteFile(at, updated)
		return nil
	}
	return fmt.Errorf("kustomization file not found in the path")
}

// presentComponents copies a rule of 3.6.1 with its surprise: with ignoreMissingComponents the search ends at the first one found.
func (e *kustomizeEdits) presentComponents(files *buildFS) []string {
	if !e.IgnoreMissingComponents {
		return e.Components
	}
	for _, component := range e.Components {
		for _, name := range kustomizationNames {
			if isFile(files.FS, files.at(path.Join(component, name))) {
				return []string{component}
			}
		}
	}
	return nil
}

package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	kjson "sigs.k8s.io/json"

	"presync.dev/engine/protocol"
)

type argocdSourceInput struct {
	// An ApplicationSource as it stands in spec.source or spec.sources.
	Source json.RawMessage `json:"source"`
	App    struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		Project   string `json:"project"`
	} `json:"app"`
	ControllerNamespace string `json:"controllerNamespace"`
	Destination         struct {
		Namespace string `json:"namespace"`
	} `json:"destination"`
	// Of the cluster; what the source says wins.
	KubeVersion string   `json:"kubeVersion"`
	APIVersions []string `json:"apiVersions"`
	// kustomize.buildOptions of argocd-cm.
	KustomizeBuildOptions string `json:"kustomizeBuildOptions"`
	// What stands for a config management plugin, by its name.
	Plugins map[string]argocdPlugin `json:"plugins"`
	// The other sources of the app that have a ref, by it; nil for spec.source, where `$` starts nothing but a variable.
	Refs           map[string]argocdRef `json:"refs"`
	WithoutPlugins bool                 `json:"withoutPlugins"`
}

type argocdPlugin struct {
	As           string `json:"as"`
	BuildOptions string `json:"buildOptions"`
}

type argocdRef struct {
	At    string `json:"at"`
	Chart bool   `json:"chart"`
}

// argocdSource renders one source of an Application as Argo CD's repo server does:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go (GenerateManifests)
func argocdSource(request *Request) (*Result, error) {
	render, err := newSourceRender(request)
	if err != nil {
		return nil, err
	}
	sourceType, err := render.sourceType()
	if err != nil {
		return nil, err
	}
	result, err := render.as(sourceType)
	if err != nil {
		return nil, err
	}
	value := map[string]any{"sourceType": string(sourceType)}
	if more, isMap := result.Value.(map[string]any); isMap {
		maps.Copy(value, more)
	}
	result.Value = value
	result.Warnings = slices.Concat(render.warnings, result.Warnings, render.environment.warnings())
	// Argo CD never tells a chart that it is an upgrade.
	result.Uses = slices.DeleteFunc(result.Uses, func(use string) bool { return use == "install" })
	return result, nil
}

type sourceRender struct {
	request     *Request
	input       argocdSourceInput
	source      *v1alpha1.ApplicationSource
	folder      string
	environment *buildEnvironment
	warnings    []string
}

func newSourceRender(request *Request) (*sourceRender, error) {
	r := &sourceRender{request: request, source: &v1alpha1.ApplicationSource{}}
	if err := decodeInput(request, &r.input); err != nil {
		return nil, err
	}
	// Like the API server, which knows the case of a name and leaves out what the definition does not have.
	unknown, err := kjson.UnmarshalStrict(r.input.Source, r.source)
	if err != nil {
		return nil, buildErrorAt("", fmt.Errorf("the source of the Application is not one: %w", err))
	}
	for _, field := range unknown {
		r.warnings = append(r.warnings, fmt.Sprintf("the source of the Application has an %s, which the API server leaves out", field))
	}
	// As the controller does before it asks the repo server, so that `directory: {}` decides nothing.
	argo.NormalizeSource(r.source)
	if err := r.locate(); err != nil {
		return nil, err
	}
	if err := applyOverrides(request, r.source, r.folder, instanceName(&r.input)); err != nil {
		return nil, err
	}
	r.environment = newBuildEnvironment(&r.input, r.source)
	return r, nil
}

// locate is apppathutil.Path; a chart of a repository is the root itself.
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/app/path/path.go
func (r *sourceRender) locate() error {
	r.folder = "/"
	if r.source.Chart != "" {
		return nil
	}
	written := r.source.Path
	fail := func(code, reason string) error {
		return &protocol.Error{Code: code, Message: written + ": " + reason}
	}
	clean := path.Clean(written)
	switch {
	case path.IsAbs(written):
		return fail(protocol.Build, "app path is absolute")
	case clean == ".." || strings.HasPrefix(clean, "../"):
		return fail(protocol.Denied, "app path outside root")
	}
	r.folder = path.Join("/", clean)
	var walked string
	for part := range strings.SplitSeq(strings.TrimPrefix(r.folder, "/"), "/") {
		walked = path.Join(walked, part)
		info, found, err := r.request.FS.Stat("/" + walked)
		switch {
		case err != nil:
			return fileError("/"+walked, err)
		case !found:
			return fail(protocol.Build, "app path does not exist")
		case info.Link:
			return fail(protocol.Unsupported, fmt.Sprintf("its path goes through the symbolic link %s, through which Argo CD walks by rules of its own", walked))
		case !info.Dir:
			return fail(protocol.Build, "app path is not a directory")
		}
	}
	return nil
}

// sourceType is GetAppSourceType without what plugins say about themselves.
func (r *sourceRender) sourceType() (v1alpha1.ApplicationSourceType, error) {
	explicit, err := r.source.ExplicitType()
	if err != nil {
		return "", buildErrorAt("", fmt.Errorf("%w; Argo CD accepts one of them", err))
	}
	if explicit != nil {
		return *explicit, nil
	}
	return r.detect()
}

// detect goes by the names directly in the folder; of several the lexically last decides:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/app/discovery/discovery.go (Discover)
func (r *sourceRender) detect() (v1alpha1.ApplicationSourceType, error) {
	entries, err := listFolder(r.request.FS, r.folder)
	if err != nil {
		return "", err
	}
	if err := refuseSubmodule(r.folder, entries); err != nil {
		return "", err
	}
	found := v1alpha1.ApplicationSourceTypeDirectory
	for _, entry := range entries {
		switch {
		case entry.folder && !entry.link && !entry.missing:
		case strings.HasSuffix(entry.name, "Chart.yaml"):
			found = v1alpha1.ApplicationSourceTypeHelm
		case slices.Contains(kustomizationNames, entry.name):
			found = v1alpha1.ApplicationSourceTypeKustomize
		}
	}
	return found, nil
}

func (r *sourceRender) as(sourceType v1alpha1.ApplicationSourceType) (*Result, error) {
	switch sourceType {
	case v1alpha1.ApplicationSourceTypeHelm:
		return r.helm()
	case v1alpha1.ApplicationSourceTypeKustomize:
		return r.kustomize(r.input.KustomizeBuildOptions)
	case v1alpha1.ApplicationSourceTypePlugin:
		return r.plugin()
	}
	return r.directory()
}

// plugin renders what is declared to stand for it.
func (r *sourceRender) plugin() (*Result, error) {
	var name string
	if r.source.Plugin != nil {
		name = r.source.Plugin.Name
	}
	stand, declared := r.input.Plugins[name]
	if !declared {
		message := fmt.Sprintf("the config management plugin %s renders it, a program that presync does not start; declare what stands for it", orUnnamed(name))
		return nil, &protocol.Error{Code: protocol.Unsupported, Message: message}
	}
	r.warnings = append(r.warnings, fmt.Sprintf("rendered with %s, which is declared to stand for the config management plugin %s", stand.As, orUnnamed(name)))
	switch stand.As {
	case "kustomize":
		options := stand.BuildOptions
		if options == "" {
			options = r.input.KustomizeBuildOptions
		}
		return r.kustomize(options)
	case "helm":
		return r.helm()
	case "directory":
		return r.directory()
	}
	return nil, unknownValue("plugins."+name+".as", stand.As)
}

func orUnnamed(name string) string {
	if name == "" {
		return "(unnamed)"
	}
	return name
}

package operations

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime"

	"presync.dev/engine/protocol"
)

// helm is helmTemplate of https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go.
func (r *sourceRender) helm() (*Result, error) {
	options := r.source.Helm
	if options == nil {
		options = &v1alpha1.ApplicationSourceHelm{}
	}
	// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/helm/cmd.go (NewCmd)
	if !slices.Contains([]string{"", "v3", "v4"}, options.Version) {
		return nil, buildErrorAt("", fmt.Errorf("helm version '%s' is not supported; Argo CD knows v3 and v4", options.Version))
	}
	name := options.ReleaseName
	if name == "" {
		name = r.input.App.Name
	}
	job := &chartJob{nameTemplate: name, exactAPIs: r.hasOwnAPIs()} // Argo CD passes the name as --name-template
	job.input = helmInput{
		Path:                    r.folder,
		Namespace:               r.source.GetNamespaceOrDefault(r.input.Destination.Namespace),
		KubeVersion:             r.source.GetKubeVersionOrDefault(r.input.KubeVersion),
		APIVersions:             r.source.GetAPIVersionsOrDefault(r.input.APIVersions),
		ValueFiles:              options.ValueFiles,
		IgnoreMissingValueFiles: options.IgnoreMissingValueFiles,
		Values:                  options.Values,
		SkipCRDs:                options.SkipCrds,
		SkipTests:               options.SkipTests,
		SkipSchemaValidation:    options.SkipSchemaValidation,
	}
	if options.ValuesObject != nil {
		job.input.ValuesObject = options.ValuesObject.Raw
	}
	for _, one := range options.Parameters {
		job.input.Parameters = append(job.input.Parameters, helmParameter{one.Name, r.environment.substitute(one.Value), one.ForceString})
	}
	for _, one := range options.FileParameters {
		job.input.FileParameters = append(job.input.FileParameters, helmFileParameter{one.Name, one.Path})
	}
	if err := job.resolveFiles(r.resolve); err != nil {
		return nil, err
	}
	return renderChart(r.request, job)
}

// hasOwnAPIs: what the source lists stands in the place of what the cluster has.
func (r *sourceRender) hasOwnAPIs() bool { return len(r.source.GetAPIVersionsOrDefault(nil)) > 0 }

// resolve finds a values file: with a variable in it, at a URL, or below the root of another source.
func (r *sourceRender) resolve(folder, file string) (namedFile, error) {
	if r.input.Refs != nil && strings.HasPrefix(file, "$") {
		return r.resolveRef(file)
	}
	resolved, err := resolveFile(folder, r.environment.substitute(file))
	resolved.written = file
	return resolved, err
}

// resolveRef is getResolvedRefValueFile behind the checks of runManifestGenAsync.
func (r *sourceRender) resolveRef(file string) (namedFile, error) {
	first, rest, _ := strings.Cut(file, "/")
	ref, known := r.input.Refs[strings.TrimPrefix(first, "$")]
	switch {
	case len(r.input.Refs) == 0:
		return namedFile{}, buildErrorAt("", fmt.Errorf("source referenced %q, but no source has a 'ref' field defined", first))
	case !known:
		available := "$" + strings.Join(slices.Sorted(maps.Keys(r.input.Refs)), ", $")
		return namedFile{}, buildErrorAt("", fmt.Errorf("source referenced %q, which is not one of the available sources (%s)", first, available))
	case ref.Chart:
		return namedFile{}, buildErrorAt("", fmt.Errorf("%s: source has a 'chart' field defined, but Helm charts are not yet supported for 'ref' sources", first))
	case rest == "":
		return namedFile{}, buildErrorAt("", fmt.Errorf("%s names a source and no file in it", file))
	case !r.request.FS.IsMounted(ref.At):
		return namedFile{}, &protocol.Error{Code: protocol.Internal, Message: fmt.Sprintf("input: nothing is mounted for %s at %q", first, ref.At)}
	}
	inside, err := resolveInside("/", r.environment.substitute("/"+rest))
	return namedFile{written: file, at: path.Join(ref.At, inside)}, err
}

// kustomize is Build of https://github.com/argoproj/argo-cd/blob/v3.6.1/util/kustomize/kustomize.go.
func (r *sourceRender) kustomize(buildOptions string) (*Result, error) {
	options, err := parseBuildOptions(buildOptions, r.input.WithoutPlugins)
	if err != nil {
		return nil, err
	}
	version, err := shortVersion(r.source.GetKubeVersionOrDefault(r.input.KubeVersion))
	if err != nil {
		return nil, buildErrorAt("", err)
	}
	if version == "" {
		version = options.kubeVersion
	}
	input := kustomizeInput{
		Path:           r.folder,
		LoadRestrictor: options.loadRestrictor,
		WithoutPlugins: r.input.WithoutPlugins,
		EnableHelm:     options.enableHelm,
		KubeVersion:    version,
		APIVersions:    append(options.apiVersions, r.source.GetAPIVersionsOrDefault(r.input.APIVersions)...),
		exactAPIs:      r.hasOwnAPIs(),
	}
	if r.source.Kustomize != nil {
		if input.Edits, err = r.edits(r.source.Kustomize); err != nil {
			return nil, err
		}
	}
	return buildKustomization(r.request, input, options.order)
}

// edits puts the environment into images and labels, and into annotations where the source asks for it.
func (r *sourceRender) edits(source *v1alpha1.ApplicationSourceKustomize) (*kustomizeEdits, error) {
	if source.Version != "" {
		r.warnings = append(r.warnings, fmt.Sprintf("rendered with the Kustomize that presync has, not with version %s", source.Version))
	}
	edits := &kustomizeEdits{
		NamePrefix: source.NamePrefix, NameSuffix: source.NameSuffix, Namespace: source.Namespace,
		CommonLabels: r.substituted(source.CommonLabels), ForceCommonLabels: source.ForceCommonLabels,
		LabelWithoutSelector: source.LabelWithoutSelector, LabelIncludeTemplates: source.LabelIncludeTemplates,
		CommonAnnotations: source.CommonAnnotations, ForceCommonAnnotations: source.ForceCommonAnnotations,
		Components: source.Components, IgnoreMissingComponents: source.IgnoreMissingComponents,
	}
	if source.CommonAnnotationsEnvsubst {
		edits.CommonAnnotations = r.substituted(source.CommonAnnotations)
	}
	for _, image := range source.Images {
		edits.Images = append(edits.Images, r.environment.substitute(string(image)))
	}
	for _, replica := range source.Replicas {
		count, err := replica.GetIntCount()
		if err != nil {
			return nil, buildErrorAt("", fmt.Errorf("kustomize.replicas of %s: %w", replica.Name, err))
		}
		edits.Replicas = append(edits.Replicas, replicaCount{Name: replica.Name, Count: fmt.Append(nil, count)})
	}
	for _, patch := range source.Patches {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&patch)
		if err != nil {
			return nil, err
		}
		edits.Patches = append(edits.Patches, fields)
	}
	return edits, nil
}

func (r *sourceRender) substituted(values map[string]string) map[string]string {
	made := make(map[string]string, len(values))
	for name, value := range values {
		made[name] = r.environment.substitute(value)
	}
	return made
}

// directory is findManifests.
func (r *sourceRender) directory() (*Result, error) {
	options := r.source.Directory
	if options == nil {
		options = &v1alpha1.ApplicationSourceDirectory{}
	}
	return loadDirectory(r.request, directoryInput{
		Path: r.folder, Recurse: options.Recurse, Include: options.Include, Exclude: options.Exclude,
		DisableExtensionFilter: options.DisableExtensionFilter,
		Jsonnet:                jsonnetInput{TLAs: r.variables(options.Jsonnet.TLAs), ExtVars: r.variables(options.Jsonnet.ExtVars), Libs: options.Jsonnet.Libs},
	})
}

func (r *sourceRender) variables(variables []v1alpha1.JsonnetVar) []jsonnetVariable {
	made := make([]jsonnetVariable, len(variables))
	for at, one := range variables {
		made[at] = jsonnetVariable{one.Name, r.environment.substitute(one.Value), one.Code}
	}
	return made
}

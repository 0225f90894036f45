package operations

import (
	"encoding/json"
	"fmt"
	"path"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	jsonpatch "github.com/evanphx/json-patch"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
)

// applyOverrides merges .argocd-source.yaml and .argocd-source-<app>.yaml of the app's folder into its source. The patched JSON is
// decoded onto what was there, so that a null does not take away a field inside of another, and where the source is cannot change.
// https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go (mergeSourceParameters)
func applyOverrides(request *Request, source *v1alpha1.ApplicationSource, folder, appName string) error {
	names := []string{".argocd-source.yaml"}
	if appName != "" {
		names = append(names, fmt.Sprintf(".argocd-source-%s.yaml", appName))
	}
	merged := source.DeepCopy()
	for _, name := range names {
		at := path.Join(folder, name)
		info, found, err := request.FS.Stat(at)
		if err != nil {
			return fileError(at, err)
		}
		if !found || info.Dir {
			continue
		}
		content, err := readFile(request.FS, at)
		if err != nil {
			return err
		}
		if err := mergeOverride(merged, at, content); err != nil {
			return err
		}
	}
	merged.Chart, merged.Path = source.Chart, source.Path
	merged.RepoURL, merged.TargetRevision = source.RepoURL, source.TargetRevision
	*source = *merged
	return nil
}

func mergeOverride(merged *v1alpha1.ApplicationSource, at string, content []byte) error {
	failed := func(err error) error {
		return buildError(at, lineOf(err.Error()), fmt.Errorf("error while parsing source parameters: %s: %w", repositoryPath(at), err))
	}
	if bomb := refuseBomb(content, maxManifestBytes); bomb != nil && bomb.limit {
		return &protocol.Error{Code: protocol.Limit, Message: bomb.Error(), Path: repositoryPath(at), Line: bomb.line}
	}
	data, err := json.Marshal(merged)
	if err != nil {
		return failed(err)
	}
	patch, err := yaml.YAMLToJSON(content)
	if err != nil {
		return failed(err)
	}
	if data, err = jsonpatch.MergePatch(data, patch); err != nil {
		return failed(err)
	}
	if err := json.Unmarshal(data, merged); err != nil {
		return failed(err)
	}
	return nil
}

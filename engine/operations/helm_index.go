package operations

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	repo "helm.sh/helm/v4/pkg/repo/v1"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
)

const indexFile = "/index.yaml"

type helmIndexInput struct {
	Chart string `json:"chart"`
	// Version or range; "" is the newest that is no pre-release.
	Version string `json:"version"`
}

// helmIndex picks one version of a chart from the index of a Helm repository, which lies at /index.yaml.
func helmIndex(request *Request) (*Result, error) {
	var input helmIndexInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	data, err := readFile(request.FS, indexFile)
	if err != nil {
		return nil, err
	}
	if bomb := refuseBomb(data, newBudget(request.Limits).outputBytes()); bomb != nil && bomb.limit {
		return nil, &protocol.Error{Code: protocol.Limit, Message: bomb.Error(), Path: repositoryPath(indexFile), Line: bomb.line}
	}
	index, err := loadIndex(data)
	if err != nil {
		return nil, buildError(indexFile, lineOf(err.Error()), fmt.Errorf("this is no index of a Helm repository: %w", err))
	}
	found, err := index.Get(input.Chart, input.Version)
	if err != nil {
		return nil, buildError(indexFile, 0, fmt.Errorf("chart %s %s: %w", input.Chart, wantedVersion(input.Version), err))
	}
	if len(found.URLs) == 0 {
		return nil, buildError(indexFile, 0, fmt.Errorf("chart %s %s has no address to load it from", input.Chart, found.Version))
	}
	return &Result{Value: map[string]any{"version": found.Version, "urls": found.URLs, "digest": found.Digest}}, nil
}

func wantedVersion(version string) string {
	if version == "" {
		return "in any version that is no pre-release"
	}
	return "in version " + version
}

// loadIndex reads bytes as Helm reads a file; its own function for that is private.
// https://github.com/helm/helm/blob/v4.3.1/pkg/repo/v1/index.go (loadIndex)
func loadIndex(data []byte) (*repo.IndexFile, error) {
	if len(data) == 0 {
		return nil, repo.ErrEmptyIndexYaml
	}
	index := &repo.IndexFile{}
	read := yaml.Unmarshal
	if !json.Valid(data) {
		read = func(data []byte, into any, _ ...yaml.JSONOpt) error { return yaml.UnmarshalStrict(data, into) }
	}
	if err := read(data, index); err != nil {
		return nil, err
	}
	if index.APIVersion == "" {
		return nil, repo.ErrNoAPIVersion
	}
	for name, versions := range index.Entries {
		index.Entries[name] = slices.DeleteFunc(versions, isInvalidEntry)
	}
	index.SortEntries()
	return index, nil
}

// isInvalidEntry says which entries Helm passes over.
func isInvalidEntry(entry *repo.ChartVersion) bool {
	if entry == nil {
		return true
	}
	if entry.Metadata == nil {
		entry.Metadata = &chart.Metadata{}
	}
	if entry.APIVersion == "" {
		entry.APIVersion = chart.APIVersionV1
	}
	err := entry.Validate()
	var invalid chart.ValidationError
	// Repositories that leave out the alias are read all the same: https://github.com/helm/helm/issues/12748
	if errors.As(err, &invalid) && strings.HasPrefix(invalid.Error(), "validation: more than one dependency with name or alias") {
		return false
	}
	return err != nil
}

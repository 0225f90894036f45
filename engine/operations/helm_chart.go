package operations

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// maxChartDepth ends a walk through links that lead back into themselves; Helm walks until the path is too long.
const maxChartDepth = 40

var utf8Mark = []byte{0xEF, 0xBB, 0xBF}

// chartSource is a chart folder as Helm reads it from disk, kept as files because rendering changes the loaded chart.
type chartSource struct {
	fs     *vfs.FS
	root   string
	budget *budget
	files  []*archive.BufferedFile
	size   int64
	moved  map[string]string // folder below charts/ -> where an added dependency really lies
	// Schemas of values as they are written -> the same with all that they refer to.
	schemas map[string][]byte
}

// readChart follows https://github.com/helm/helm/blob/v4.3.1/pkg/chart/v2/loader/directory.go:
// .helmignore applies, links are followed under the name of the link, a byte order mark is cut off.
func readChart(fs *vfs.FS, root string, budget *budget) (*chartSource, error) {
	source := &chartSource{fs: fs, root: root, budget: budget, moved: map[string]string{}, schemas: map[string][]byte{}}
	rules, err := source.ignoreRules()
	if err != nil {
		return nil, err
	}
	var names []string
	if err := source.list(rules, "", &names); err != nil {
		return nil, err
	}
	if err := source.read(names); err != nil {
		return nil, err
	}
	return source, nil
}

func (s *chartSource) ignoreRules() (*ignore.Rules, error) {
	rules := ignore.Empty()
	at := path.Join(s.root, ignore.HelmIgnore)
	if isFile(s.fs, at) {
		data, err := readFile(s.fs, at)
		if err != nil {
			return nil, err
		}
		if rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, buildError(at, 0, err)
		}
	}
	rules.AddDefaults()
	return rules, nil
}

func (s *chartSource) list(rules *ignore.Rules, folder string, names *[]string) error {
	if strings.Count(folder, "/") > maxChartDepth {
		return limitError("the folders of the chart are nested too deeply: " + folder)
	}
	entries, err := listFolder(s.fs, path.Join(s.root, folder))
	if err != nil {
		return err
	}
	if err := refuseSubmodule(path.Join(s.root, folder), entries); err != nil {
		return err
	}
	for _, entry := range entries {
		name := path.Join(folder, entry.name)
		if rules.Ignore(name, ignoreInfo{folder: entry.folder}) {
			continue
		}
		if entry.folder {
			if err := s.list(rules, name, names); err != nil {
				return err
			}
			continue
		}
		*names = append(*names, name)
		if len(*names) > s.budget.limits.Files {
			return limitError(fmt.Sprintf("the chart has more than %d files", s.budget.limits.Files))
		}
	}
	return nil
}

// ignoreInfo is all that the ignore rules ask of a file.
type ignoreInfo struct {
	fs.FileInfo
	folder bool
}

func (i ignoreInfo) IsDir() bool { return i.folder }

func (s *chartSource) read(names []string) error {
	paths := make([]string, len(names))
	for at, name := range names {
		paths[at] = path.Join(s.root, name)
	}
	s.fs.Prefetch(paths)
	for at, name := range names {
		data, err := readFile(s.fs, paths[at])
		if err != nil {
			return err
		}
		if err := s.add(name, data); err != nil {
			return err
		}
	}
	return nil
}

func (s *chartSource) add(name string, data []byte) error {
	s.size += int64(len(data))
	if s.size > archive.MaxDecompressedChartSize {
		return limitError(fmt.Sprintf("the chart is larger than %d bytes", archive.MaxDecompressedChartSize))
	}
	if isChartYAML(name) {
		if bomb := refuseBomb(data, s.budget.outputBytes()); bomb != nil && bomb.limit {
			return &protocol.Error{Code: protocol.Limit, Message: bomb.Error(), Path: ownPath(path.Join(s.root, name)), Line: bomb.line}
		}
	}
	s.files = append(s.files, &archive.BufferedFile{Name: name, Data: bytes.TrimPrefix(data, utf8Mark)})
	return nil
}

// isChartYAML names the files that the loader itself decodes, in the chart and in charts below it.
func isChartYAML(name string) bool {
	return slices.Contains([]string{"Chart.yaml", "Chart.lock", "values.yaml", "requirements.yaml", "requirements.lock"}, path.Base(name))
}

// load makes a fresh chart. The loader adds subcharts in the order of a map; sorted here, so two renders are alike.
func (s *chartSource) load() (*chart.Chart, error) {
	loaded, err := loader.LoadFiles(s.files)
	if err != nil {
		return nil, buildError(path.Join(s.root, "Chart.yaml"), lineOf(err.Error()), err)
	}
	sortDependencies(loaded)
	s.useSchemas(loaded)
	return loaded, nil
}

func (s *chartSource) useSchemas(loaded *chart.Chart) {
	if bundled, has := s.schemas[string(loaded.Schema)]; has {
		loaded.Schema = bundled
	}
	for _, dependency := range loaded.Dependencies() {
		s.useSchemas(dependency)
	}
}

func sortDependencies(parent *chart.Chart) {
	dependencies := slices.Clone(parent.Dependencies())
	slices.SortStableFunc(dependencies, func(a, b *chart.Chart) int { return strings.Compare(a.Name(), b.Name()) })
	parent.SetDependencies(dependencies...)
	for _, dependency := range dependencies {
		sortDependencies(dependency)
	}
}

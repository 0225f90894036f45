package operations

import (
	"fmt"
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"
	chart "helm.sh/helm/v4/pkg/chart/v2"

	"presync.dev/engine/protocol"
)

// fetchDependencies asks the host for the charts that only a network could bring.
func (r *helmRender) fetchDependencies(loaded *chart.Chart) error {
	missing, err := r.source.addDependencies(loaded)
	if err != nil || len(missing) == 0 {
		return err
	}
	if r.request.Remotes != nil {
		if err := r.request.Remotes(remoteCharts(missing)); err != nil {
			return err
		}
		if loaded, err = r.source.load(); err != nil {
			return err
		}
		if missing, err = r.source.addDependencies(loaded); err != nil || len(missing) == 0 {
			return err
		}
	}
	names := make([]string, len(missing))
	for at, dependency := range missing {
		names[at] = strings.TrimSpace(dependency.Name + " " + dependency.Version)
		if dependency.Repository != "" {
			names[at] += " from " + dependency.Repository
		}
	}
	return &protocol.Error{
		Code:    protocol.RemoteCode,
		Message: "found in Chart.yaml, but missing in charts/ directory: " + strings.Join(names, ", "),
		Path:    repositoryPath(path.Join(r.source.root, "Chart.yaml")),
	}
}

func remoteCharts(missing []*chart.Dependency) []protocol.Remote {
	remotes := make([]protocol.Remote, len(missing))
	for at, dependency := range missing {
		kind := "helm"
		if strings.HasPrefix(dependency.Repository, "oci://") {
			kind = "oci"
		}
		remotes[at] = protocol.Remote{Kind: kind, URL: dependency.Repository, Ref: dependency.Version, Path: dependency.Name}
	}
	return remotes
}

// addDependencies brings in what stands in Chart.yaml and not in charts/, as `helm dependency build` would: a `file://`
// repository from the same repository, anything else from where the host mounts it, which is charts/<name> of the chart.
// It returns what is still missing. https://github.com/helm/helm/blob/v4.3.1/pkg/downloader/manager.go (downloadAll)
func (s *chartSource) addDependencies(loaded *chart.Chart) ([]*chart.Dependency, error) {
	present := map[string]bool{}
	for _, dependency := range loaded.Dependencies() {
		present[dependency.Name()] = true
	}
	var missing []*chart.Dependency
	for _, wanted := range loaded.Metadata.Dependencies {
		if present[wanted.Name] {
			continue
		}
		root, err := s.dependencyRoot(wanted)
		if err != nil {
			return nil, err
		}
		if root == "" {
			missing = append(missing, wanted)
			continue
		}
		if err := s.addDependency(wanted, root); err != nil {
			return nil, err
		}
		present[wanted.Name] = true
	}
	return missing, nil
}

func (s *chartSource) dependencyRoot(wanted *chart.Dependency) (string, error) {
	if folder, isLocal := strings.CutPrefix(wanted.Repository, "file://"); isLocal {
		return resolveInside(s.root, folder)
	}
	mounted := path.Join(s.root, "charts", wanted.Name)
	if info, found := s.fs.Lookup(mounted); found && info.Dir && path.Base(mounted) == wanted.Name {
		return mounted, nil
	}
	return "", nil
}

func (s *chartSource) addDependency(wanted *chart.Dependency, root string) error {
	folder, err := readChart(s.fs, root, s.budget)
	if err != nil {
		return err
	}
	loaded, err := folder.load()
	if err != nil {
		return err
	}
	if err := satisfies(wanted, loaded); err != nil {
		return buildError(path.Join(s.root, "Chart.yaml"), 0, err)
	}
	for _, file := range folder.files {
		if err := s.add(path.Join("charts", wanted.Name, file.Name), file.Data); err != nil {
			return err
		}
	}
	s.moved[path.Join("charts", wanted.Name)] = root
	return nil
}

// satisfies is the check of tarFromLocalDir; a dependency without a version takes any.
func satisfies(wanted *chart.Dependency, found *chart.Chart) error {
	if wanted.Version == "" {
		return nil
	}
	constraint, err := semver.NewConstraint(wanted.Version)
	if err != nil {
		return fmt.Errorf("dependency %s has an invalid version: %w", wanted.Name, err)
	}
	version, err := semver.NewVersion(found.Metadata.Version)
	if err != nil {
		return fmt.Errorf("chart %s has an invalid version: %w", found.Name(), err)
	}
	if !constraint.Check(version) {
		return fmt.Errorf("can't get a valid version for dependency %s", wanted.Name)
	}
	return nil
}

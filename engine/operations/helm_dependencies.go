package operations

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"
	chart "helm.sh/helm/v4/pkg/chart/v2"

	"presync.dev/engine/protocol"
)

// missingChart is a dependency that stands in Chart.yaml and not in charts/, and the folder of the mounts that has it.
type missingChart struct {
	dependency *chart.Dependency
	root       string
	remote     *protocol.Remote
}

// fetchDependencies does what Argo CD starts `helm dependency build` for: a `file://` repository is in the same repository, all
// others are asked of the host. https://github.com/helm/helm/blob/v4.3.1/pkg/downloader/manager.go (Build, downloadAll)
func (r *helmRender) fetchDependencies(loaded *chart.Chart) error {
	at := path.Join(r.source.root, "Chart.yaml")
	missing, err := r.source.missingCharts(loaded)
	if err != nil {
		return buildErrorAt(at, err)
	}
	if len(missing) == 0 {
		return nil
	}
	sentence := "found in Chart.yaml, but missing in charts/ directory: " + missingNames(missing)
	if r.job.asItLies {
		return &protocol.Error{Code: protocol.Build, Message: sentence, Path: ownPath(at)}
	}
	var wanted []protocol.Remote
	for _, one := range missing {
		if one.remote != nil {
			wanted = append(wanted, *one.remote)
		}
	}
	if err := r.request.bring(at, wanted); err != nil {
		failure := asProtocolError(err)
		return &protocol.Error{Code: failure.Code, Message: sentence + "; " + failure.Message, Path: ownPath(at)}
	}
	for number, one := range missing {
		if err := r.source.addDependency(one, number); err != nil {
			return err
		}
	}
	return nil
}

func missingNames(missing []missingChart) string {
	names := make([]string, len(missing))
	for at, one := range missing {
		names[at] = strings.TrimSpace(one.dependency.Name + " " + one.dependency.Version)
		if one.dependency.Repository != "" {
			names[at] += " from " + one.dependency.Repository
		}
	}
	return strings.Join(names, ", ")
}

// buildErrorAt names the file unless the error already says where.
func buildErrorAt(at string, err error) error {
	var known *protocol.Error
	if !errors.As(err, &known) {
		return &protocol.Error{Code: protocol.Build, Message: err.Error(), Path: ownPath(at)}
	}
	if known.Path == "" {
		return &protocol.Error{Code: known.Code, Message: known.Message, Path: ownPath(at), Line: known.Line}
	}
	return known
}

// missingCharts goes by name, as Helm's own check does; one chart under two aliases is fetched once, two versions of it are two.
func (s *chartSource) missingCharts(loaded *chart.Chart) ([]missingChart, error) {
	present := map[string]bool{}
	for _, dependency := range loaded.Dependencies() {
		present[dependency.Name()] = true
	}
	var missing []missingChart
	for _, wanted := range loaded.Metadata.Dependencies {
		if !present[wanted.Name] {
			missing = append(missing, missingChart{dependency: wanted})
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	locked, err := lockedDependencies(loaded)
	if err != nil {
		return nil, err
	}
	missing = nil
	seen := map[[3]string]bool{}
	for _, wanted := range locked {
		key := [3]string{wanted.Name, wanted.Version, wanted.Repository}
		if present[wanted.Name] || seen[key] {
			continue
		}
		seen[key] = true
		one, err := s.locateChart(wanted)
		if err != nil {
			return nil, err
		}
		missing = append(missing, one)
	}
	return missing, nil
}

// lockedDependencies are those of Chart.lock where there is one, and it must belong to Chart.yaml:
// https://github.com/helm/helm/blob/v4.3.1/internal/resolver/resolver.go (HashReq, HashV2Req)
func lockedDependencies(loaded *chart.Chart) ([]*chart.Dependency, error) {
	wanted := loaded.Metadata.Dependencies
	if loaded.Lock == nil {
		return wanted, nil
	}
	digest, err := dependencyDigest([2][]*chart.Dependency{wanted, loaded.Lock.Dependencies})
	if err != nil {
		return nil, err
	}
	ofHelm2, err := dependencyDigest(map[string][]*chart.Dependency{"dependencies": wanted})
	if err != nil {
		return nil, err
	}
	isCurrent := loaded.Lock.Digest == digest || (loaded.Metadata.APIVersion == chart.APIVersionV1 && loaded.Lock.Digest == ofHelm2)
	if !isCurrent {
		return nil, errors.New("the lock file is out of sync with the dependencies of the chart; update it with 'helm dependency update'")
	}
	return loaded.Lock.Dependencies, nil
}

func dependencyDigest(hashed any) (string, error) {
	encoded, err := json.Marshal(hashed)
	sum := sha256.Sum256(encoded)
	return "sha256:" + hex.EncodeToString(sum[:]), err
}

// locateChart says where a missing chart is to be found: in this repository, or where the host is to mount it.
func (s *chartSource) locateChart(wanted *chart.Dependency) (missingChart, error) {
	found := missingChart{dependency: wanted}
	if folder, isLocal := strings.CutPrefix(wanted.Repository, "file://"); isLocal {
		root, err := resolveInside(s.root, folder)
		found.root = root
		return found, err
	}
	if wanted.Repository == "" {
		return found, fmt.Errorf("the dependency %s names no repository, and is not in charts/", wanted.Name)
	}
	if strings.HasPrefix(wanted.Repository, "@") || strings.HasPrefix(wanted.Repository, "alias:") {
		message := fmt.Sprintf("the dependency %s is in the repository %s, a name that only the settings of Argo CD know; write its URL in Chart.yaml", wanted.Name, wanted.Repository)
		return found, &protocol.Error{Code: protocol.Unsupported, Message: message}
	}
	remote, err := remoteChart(wanted.Repository, wanted.Name, wanted.Version)
	if err != nil {
		return found, fmt.Errorf("the dependency %s: %w", wanted.Name, err)
	}
	found.remote, found.root = &remote, remote.At
	return found, nil
}

// addDependency puts the files of a chart under charts/, in a folder that no other dependency has.
func (s *chartSource) addDependency(wanted missingChart, number int) error {
	folder, err := readChart(s.fs, wanted.root, s.budget)
	if err != nil {
		return err
	}
	loaded, err := folder.load()
	if err != nil {
		return err
	}
	if err := satisfies(wanted.dependency, loaded); err != nil {
		return buildErrorAt(path.Join(s.root, "Chart.yaml"), err)
	}
	inChart := path.Join("charts", wanted.dependency.Name)
	if _, taken := s.moved[inChart]; taken {
		inChart += fmt.Sprintf("-%d", number)
	}
	for _, file := range folder.files {
		if err := s.add(path.Join(inChart, file.Name), file.Data); err != nil {
			return err
		}
	}
	s.moved[inChart] = wanted.root
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

package operations

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/kustomize/kyaml/yaml/merge2"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
)

// chartUse is one chart of a kustomization, at the file that names it.
type chartUse struct {
	types.HelmChart
	home, at string
	rewriter *rewriter
	inflater *chartInflater
}

func (u *chartUse) fail(format string, values ...any) error {
	return &protocol.Error{Code: protocol.Build, Message: fmt.Sprintf("%s: ", strings.TrimPrefix(u.at, "/")) + fmt.Sprintf(format, values...), Path: ownPath(u.at)}
}

// job is what `helm template` would be called with (AsHelmArgs).
func (u *chartUse) job() (*chartJob, error) {
	if err := u.check(); err != nil {
		return nil, err
	}
	chart, ownValues, err := u.locate()
	if err != nil {
		return nil, err
	}
	texts, err := u.values(chart, ownValues)
	if err != nil {
		return nil, err
	}
	job := &chartJob{texts: texts, nameTemplate: u.NameTemplate, skipHooks: u.SkipHooks, exactKubeVersion: true, asItLies: true}
	job.input = helmInput{
		Path: chart, ReleaseName: u.ReleaseName, Namespace: u.Namespace, SkipCRDs: !u.IncludeCRDs, SkipTests: u.SkipTests,
		KubeVersion: u.KubeVersion, APIVersions: u.ApiVersions,
	}
	if job.input.KubeVersion == "" {
		job.input.KubeVersion = u.inflater.kubeVersion
	}
	job.exactAPIs = len(job.input.APIVersions) > 0 || u.inflater.exactAPIs
	if len(job.input.APIVersions) == 0 {
		job.input.APIVersions = u.inflater.apiVersions
	}
	return job, nil
}

// check refuses what helm could take for an option: https://github.com/kubernetes-sigs/kustomize/issues/6241.
func (u *chartUse) check() error {
	if u.Name == "" {
		return u.fail("chart name cannot be empty")
	}
	words := map[string][]string{
		"name": {u.Name}, "version": {u.Version}, "repo": {u.Repo}, "releaseName": {u.ReleaseName}, "namespace": {u.Namespace},
		"nameTemplate": {u.NameTemplate}, "kubeVersion": {u.KubeVersion}, "apiVersions": u.ApiVersions,
		"valuesFile": {u.ValuesFile}, "additionalValuesFiles": u.AdditionalValuesFiles, "chartHome": {u.home},
	}
	for _, field := range slices.Sorted(maps.Keys(words)) {
		for _, value := range words[field] {
			if strings.HasPrefix(value, "-") {
				return u.fail("%s of a Helm chart must not start with '-', which helm takes for an option: %q", field, value)
			}
		}
	}
	for _, file := range append([]string{u.home, u.Name, u.ValuesFile}, u.AdditionalValuesFiles...) {
		if path.IsAbs(file) {
			return u.fail("%s is a path of the machine that builds; write it relative to the kustomization", file)
		}
	}
	switch u.ValuesMerge {
	case "", "override", "merge", "replace":
		return nil
	}
	return u.fail("valuesMerge must be one of [merge override replace], not %q", u.ValuesMerge)
}

// locate is where the chart lies: below chartHome, or where the host mounts what helm would pull to there. Its own values are subject
// to the load restriction of the place below chartHome in both cases.
func (u *chartUse) locate() (chart, ownValues string, err error) {
	home := u.home
	if home == "" {
		home = types.HelmDefaultHome
	}
	if u.Version != "" && u.Repo != "" {
		home = path.Join(home, u.Name+"-"+u.Version)
	}
	place := path.Join(home, u.Name)
	if err := u.rewriter.assertInRepository(u.at, []entry{{text: place}}); err != nil {
		return "", "", err
	}
	ownValues = path.Join(place, "values.yaml")
	chart = path.Join(path.Dir(u.at), place)
	info, found, err := u.rewriter.files.Stat(chart)
	if err != nil || (found && info.Dir) {
		return chart, ownValues, err
	}
	if u.Repo == "" {
		return "", "", u.fail("the chart %s is not at %s, and no repo says where it could be pulled from", u.Name, strings.TrimPrefix(chart, "/"))
	}
	version := u.Version
	if version == "" && u.Devel {
		version = ">0.0.0-0" // what --devel means to helm pull
	}
	remote, err := remoteChart(u.Repo, u.Name, version)
	if err != nil {
		return "", "", buildErrorAt(u.at, err)
	}
	return remote.At, ownValues, u.rewriter.request.bring(u.at, []protocol.Remote{remote})
}

// values are the files that -f would name, in order: valuesFile or what is made of it and valuesInline, then the additional ones.
func (u *chartUse) values(chart, ownValues string) ([]valueText, error) {
	first, err := u.firstValues(chart, ownValues)
	if err != nil {
		return nil, err
	}
	texts := []valueText{first}
	for _, file := range u.AdditionalValuesFiles {
		text, err := u.load(file, path.Join(path.Dir(u.at), file))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (u *chartUse) firstValues(chart, ownValues string) (valueText, error) {
	if len(u.ValuesInline) > 0 && u.ValuesMerge == "replace" {
		inline, err := yaml.Marshal(u.ValuesInline)
		return valueText{u.at, inline}, err
	}
	named, from := u.ValuesFile, path.Join(path.Dir(u.at), u.ValuesFile)
	if named == "" {
		named, from = ownValues, path.Join(chart, "values.yaml")
	}
	text, err := u.load(named, from)
	if err != nil || len(u.ValuesInline) == 0 {
		return text, err
	}
	return u.merge(text)
}

// load reads a file from where it is, and refuses what Kustomize refuses by where it stands.
func (u *chartUse) load(named, from string) (valueText, error) {
	root := path.Dir(u.at)
	standing := path.Join(root, named)
	if real, err := u.rewriter.files.Real(standing); err == nil {
		standing = real
	}
	below := strings.TrimSuffix(root, "/") + "/"
	if u.inflater.restrictions == types.LoadRestrictionsRootOnly && !strings.HasPrefix(standing, below) {
		return valueText{}, u.fail("the file %s of the chart %s is not in or below the folder of the kustomization, and the build options do not lift that restriction", named, u.Name)
	}
	if err := u.rewriter.assertInRepository(u.at, []entry{{text: named}}); err != nil {
		return valueText{}, err
	}
	data, err := readFile(u.rewriter.files, from)
	if err != nil {
		if asProtocolError(err).Code != protocol.Build {
			return valueText{}, err
		}
		return valueText{}, u.fail("the values %s of the chart %s cannot be read: %s", named, u.Name, asProtocolError(err).Message)
	}
	return valueText{from, data}, refuseAliasBomb(strings.TrimPrefix(from, "/"), data)
}

// merge: what stands inline wins, or with `merge` what stands in the file. The calls are those of Kustomize, since its merge knows lists.
func (u *chartUse) merge(file valueText) (valueText, error) {
	fromFile, err := kyaml.Parse(string(file.data))
	if err != nil {
		return valueText{}, u.fail("the values %s of the chart %s: %s", strings.TrimPrefix(file.name, "/"), u.Name, err)
	}
	inline, err := kyaml.FromMap(u.ValuesInline)
	if err != nil {
		return valueText{}, err
	}
	over, under := inline, fromFile
	if u.ValuesMerge == "merge" {
		over, under = fromFile, inline
	}
	merged, err := merge2.Merge(over, under, kyaml.MergeOptions{})
	if err != nil {
		return valueText{}, u.fail("the values of the chart %s: %s", u.Name, err)
	}
	fields, err := merged.Map()
	if err != nil {
		return valueText{}, err
	}
	text, err := yaml.Marshal(fields)
	return valueText{u.at, text}, err
}

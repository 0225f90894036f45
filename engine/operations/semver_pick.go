package operations

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/argoproj/argo-cd/v3/util/versions"
	fluxversion "github.com/fluxcd/pkg/version"
	"helm.sh/helm/v4/pkg/registry"
)

type semverPickInput struct {
	Constraint string `json:"constraint"`
	// Tags as the registry or repository lists them, in its order.
	Versions []string `json:"versions"`
	// Whose rule counts: helm-oci, flux-oci, git-tags (of Flux) or argocd.
	As string `json:"as"`
	// Of flux-oci: ref.semverFilter, and layerSelector.mediaType, which makes a _ of the + that no tag can hold.
	Filter    string `json:"filter"`
	MediaType string `json:"mediaType"`
}

var semverRules = map[string]func(semverPickInput) (string, error){
	"helm-oci": pickHelmTag,
	"flux-oci": pickFluxTag,
	"git-tags": pickFluxGitTag,
	"argocd":   pickArgoTag,
}

// semverPick says which of many tags a product takes for a version range.
func semverPick(request *Request) (*Result, error) {
	var input semverPickInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	pick, known := semverRules[input.As]
	if !known {
		return nil, unknownValue("as", input.As)
	}
	if input.Filter+input.MediaType != "" && input.As != "flux-oci" {
		return nil, badInput(fmt.Errorf("filter and mediaType are for flux-oci, not for %s", input.As))
	}
	picked, err := pick(input)
	if err != nil {
		return nil, buildError("", 0, fmt.Errorf("none of %d tags fits %q: %w", len(input.Versions), input.Constraint, err))
	}
	return &Result{Value: map[string]any{"version": picked}}, nil
}

// pickHelmTag: Helm takes tags that are strict versions alone, the newest first, with + for the _ that registries want.
// https://github.com/helm/helm/blob/v4.3.1/pkg/registry/client.go (Tags, ValidateReference). A full version is not looked for
// among the tags by Helm; here it must be there.
func pickHelmTag(input semverPickInput) (string, error) {
	var found semver.Collection
	written := map[string]string{}
	for _, tag := range input.Versions {
		version, err := semver.StrictNewVersion(strings.ReplaceAll(tag, "_", "+"))
		if err != nil {
			continue
		}
		found = append(found, version)
		written[version.String()] = tag
	}
	sort.Sort(sort.Reverse(found))
	tags := make([]string, len(found))
	for at, version := range found {
		tags[at] = version.String()
	}
	if slices.Contains(input.Versions, strings.ReplaceAll(input.Constraint, "+", "_")) {
		return strings.ReplaceAll(input.Constraint, "+", "_"), nil
	}
	picked, err := registry.GetTagMatchingVersionOrConstraint(tags, input.Constraint)
	return written[picked], err
}

// pickFluxTag is the rule of an OCIRepository.
// https://github.com/fluxcd/source-controller/blob/v1.10.1/internal/controller/ocirepository_controller.go (getTagBySemver)
func pickFluxTag(input semverPickInput) (string, error) {
	tags := input.Versions
	if input.Filter != "" {
		filter, err := regexp.Compile(input.Filter)
		if err != nil {
			return "", fmt.Errorf("semverFilter is no regular expression: %w", err)
		}
		tags = slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return !filter.MatchString(tag) })
	}
	toVersion, toTag := strings.NewReplacer(), strings.NewReplacer()
	if input.MediaType == registry.ChartLayerMediaType {
		toVersion, toTag = strings.NewReplacer("_", "+"), strings.NewReplacer("+", "_")
	}
	matching, err := fluxMatches(tags, input.Constraint, toVersion.Replace)
	if err != nil {
		return "", err
	}
	sort.Sort(sort.Reverse(matching))
	return toTag.Replace(matching[0].Original()), nil
}

// pickFluxGitTag is the rule of a GitRepository. Tags that differ in what is behind a + are one version; Flux takes the one with the
// newest commit, which a list of names does not tell.
// https://github.com/fluxcd/pkg/blob/main/git/gogit/clone.go (cloneSemVer)
func pickFluxGitTag(input semverPickInput) (string, error) {
	matching, err := fluxMatches(input.Versions, input.Constraint, func(tag string) string { return tag })
	if err != nil {
		return "", err
	}
	sort.SliceStable(matching, func(a, b int) bool { return matching[b].LessThan(matching[a]) })
	if len(matching) > 1 && matching[0].Equal(matching[1]) {
		return "", fmt.Errorf("%s and %s are the same version, and Flux would take the one with the newer commit", matching[0].Original(), matching[1].Original())
	}
	return matching[0].Original(), nil
}

// fluxMatches are the tags with three numbers that fit, at least one.
func fluxMatches(tags []string, expression string, written func(string) string) (semver.Collection, error) {
	constraint, err := semver.NewConstraint(expression)
	if err != nil {
		return nil, err
	}
	var matching semver.Collection
	for _, tag := range tags {
		if version, err := fluxversion.ParseVersion(written(tag)); err == nil && constraint.Check(version) {
			matching = append(matching, version)
		}
	}
	if len(matching) == 0 {
		return nil, fmt.Errorf("no match found for semver: %s", expression)
	}
	return matching, nil
}

// pickArgoTag is how Argo CD resolves a targetRevision over the tags of a Git repository. A full version is a name to Argo CD, which
// it does not look for among the tags; here it must be there.
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/git/client.go (lsRemote)
func pickArgoTag(input semverPickInput) (string, error) {
	picked, err := versions.MaxVersion(input.Constraint, input.Versions, "")
	if err == nil && !slices.Contains(input.Versions, picked) {
		return "", fmt.Errorf("there is no tag %s", picked)
	}
	return picked, err
}

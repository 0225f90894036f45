package operations

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/chartutil"
	"github.com/go-logr/logr"
	"helm.sh/helm/v4/pkg/chart/common"
	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
)

// releaseValues composes spec.valuesFrom and spec.values; what cannot be read is another text each time.
type releaseValues struct {
	release    *fluxRelease
	inline     map[string]any
	from       []meta.ValuesReference
	references []reference
	// Something in spec.valuesFrom cannot be read.
	hasSecrets bool
	// Whole documents of values that cannot be read, so nobody knows what they set.
	unknown  []string
	warnings []string
}

func newReleaseValues(release *fluxRelease, references []reference, budget *budget) (*releaseValues, error) {
	values := &releaseValues{release: release, references: references}
	if err := refuseValuesBomb("spec.values", release.Spec.Values, budget); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(release.Spec.Values, &values.inline); err != nil {
		return nil, buildError("", 0, fmt.Errorf("spec.values of HelmRelease %s are no mapping: %w", release.Metadata.Name, err))
	}
	client := &referenceClient{references: references}
	for _, from := range release.Spec.ValuesFrom {
		found := client.find(from.Kind, from.Name)
		if found == nil && from.Optional {
			values.warnings = append(values.warnings, fmt.Sprintf("%s %s is optional in spec.valuesFrom and was not found; its values are left out", from.Kind, from.Name))
		}
		if found != nil {
			text := []byte(found.Data[from.GetValuesKey()])
			if err := refuseValuesBomb(described(from), text, budget); err != nil {
				return nil, err
			}
		}
		if found == nil || values.canBeUsed(from, found) {
			values.from = append(values.from, from)
		}
	}
	return values, nil
}

// canBeUsed: a text can stand for one value that cannot be read, but not for a whole document of them.
func (v *releaseValues) canBeUsed(from meta.ValuesReference, found *reference) bool {
	if !slices.Contains(found.Unknown, from.GetValuesKey()) {
		return true
	}
	v.hasSecrets = true
	if from.TargetPath != "" {
		return true
	}
	v.unknown = append(v.unknown, described(from))
	v.warnings = append(v.warnings, described(from)+", is encrypted; whatever values it holds are left out")
	return false
}

func described(from meta.ValuesReference) string {
	return fmt.Sprintf("%s %s, key %s", from.Kind, from.Name, from.GetValuesKey())
}

func refuseValuesBomb(what string, text []byte, budget *budget) error {
	if bomb := refuseBomb(text, budget.outputBytes()); bomb != nil && bomb.limit {
		return limitError(what + ": " + bomb.Error())
	}
	return nil
}

func (v *releaseValues) compose(variant int) (map[string]any, error) {
	client := &referenceClient{references: v.references, variant: variant}
	composed, err := chartutil.ChartValuesFromReferences(context.Background(), logr.Discard(), client, v.release.Metadata.Namespace, v.inline, v.from...)
	if err != nil {
		return nil, buildError("", 0, fmt.Errorf("HelmRelease %s: %w", v.release.Metadata.Name, err))
	}
	return composed, nil
}

// useValuesFiles puts what spec.chart.spec.valuesFiles hold in the place of the chart's values.yaml, as source-controller packs it:
// https://github.com/fluxcd/source-controller/blob/v1.10.1/internal/helm/chart/builder_local.go (mergeFileValues),
// builder_remote.go (mergeChartValues), metadata.go (OverwriteChartDefaultValues).
func (r *releaseRender) useValuesFiles() error {
	files := r.release.Spec.Chart.Spec.ValuesFiles
	if len(files) == 0 {
		return nil
	}
	merged := map[string]any{}
	for _, file := range files {
		data, at, err := r.valuesFile(file)
		if err != nil {
			return err
		}
		if at == "" {
			continue
		}
		if bomb := refuseBomb(data, r.budget.outputBytes()); bomb != nil && bomb.limit {
			return &protocol.Error{Code: protocol.Limit, Message: bomb.Error(), Path: repositoryPath(at), Line: bomb.line}
		}
		values := map[string]any{}
		if err := yaml.Unmarshal(data, &values); err != nil {
			return buildError(at, lineOf(err.Error()), fmt.Errorf("unmarshaling values from '%s' failed: %w", file, err))
		}
		merged = chartutil.MergeMaps(merged, values)
	}
	return r.replaceValues(merged)
}

// valuesFile gives the content and place of one of them; no place where it is missing and may be.
func (r *releaseRender) valuesFile(file string) (data []byte, at string, err error) {
	root := r.input.ValuesFilesRoot
	if root == "" {
		return r.valuesFileOfChart(file)
	}
	at = path.Join("/", root, path.Join("/", file))
	if !isFile(r.request.FS, at) {
		return r.missingValuesFile(file, at)
	}
	data, err = readFile(r.request.FS, at)
	return data, at, err
}

func (r *releaseRender) valuesFileOfChart(file string) (data []byte, at string, err error) {
	name := path.Clean(file)
	at = path.Join(r.source.root, name)
	for _, one := range r.chart.Raw {
		isOther := slices.ContainsFunc(r.chart.Files, func(other *common.File) bool { return other.Name == name })
		if one.Name == name && (isOther || name == "values.yaml") {
			return one.Data, at, nil
		}
	}
	return r.missingValuesFile(file, at)
}

func (r *releaseRender) missingValuesFile(file, at string) ([]byte, string, error) {
	if r.release.Spec.Chart.Spec.IgnoreMissingValuesFiles {
		return nil, "", nil
	}
	return nil, "", buildError(at, 0, fmt.Errorf("no values file found at path '%s', which spec.chart.spec.valuesFiles names", strings.TrimPrefix(file, "/")))
}

func (r *releaseRender) replaceValues(values map[string]any) error {
	encoded := []byte{}
	if len(values) > 0 {
		var err error
		if encoded, err = yaml.Marshal(values); err != nil {
			return err
		}
	}
	for _, file := range r.source.files {
		if file.Name == "values.yaml" {
			file.Data = encoded
			return nil
		}
	}
	return buildError(path.Join(r.source.root, "values.yaml"), 0, fmt.Errorf("the chart has no values.yaml that spec.chart.spec.valuesFiles could replace"))
}

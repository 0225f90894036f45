package operations

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"

	"presync.dev/engine/protocol"
)

// closeSchemas compiles each values.schema.json with a loader that opens nothing, and brings into it what it refers to at http(s)
// addresses. Helm compiles them again to validate and reads every reference that it meets, files and addresses alike; what compiles
// here makes it read none. https://github.com/helm/helm/blob/v4.3.1/pkg/chart/common/util/jsonschema.go
func (r *helmRender) closeSchemas(values map[string]any) error {
	if refuseSchemasOf(r.source, r.chart) == nil {
		return nil
	}
	// A schema of a subchart that is switched off is never compiled by Helm either.
	enabled, err := r.enabledCharts(values)
	if err != nil {
		return err
	}
	if err := r.bundleSchemas(enabled); err != nil {
		return err
	}
	if enabled, err = r.enabledCharts(values); err != nil {
		return err
	}
	return refuseSchemasOf(r.source, enabled)
}

func (r *helmRender) enabledCharts(values map[string]any) (*chart.Chart, error) {
	enabled, err := r.source.load()
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependencies(enabled, copyValues(values)); err != nil {
		return nil, buildError(path.Join(r.source.root, "Chart.yaml"), 0, fmt.Errorf("chart dependencies processing failed: %w", err))
	}
	return enabled, nil
}

func refuseSchemasOf(source *chartSource, loaded *chart.Chart) error {
	if loaded.Schema != nil {
		at := newChartFolders(source).locate(loaded.ChartFullPath() + "/values.schema.json")
		if err := refuseSchema(at, loaded.Schema); err != nil {
			return err
		}
	}
	for _, dependency := range loaded.Dependencies() {
		if err := refuseSchemasOf(source, dependency); err != nil {
			return err
		}
	}
	return nil
}

// refuseSchema reports only references; other mistakes in the schema are left to Helm and its own words.
func refuseSchema(at string, text []byte) error {
	return foreignReference(at, compileSchema(text, &schemaLoader{}))
}

func compileSchema(text []byte, loader *schemaLoader) error {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	const name = "file:///values.schema.json" // the name that Helm gives it
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(loader)
	if err := compiler.AddResource(name, schema); err != nil {
		return err
	}
	_, err = compiler.Compile(name)
	return err
}

func foreignReference(at string, err error) error {
	var reference *protocol.Error
	if errors.As(err, &reference) {
		return &protocol.Error{Code: reference.Code, Message: reference.Message, Path: at}
	}
	var failed *jsonschema.LoadURLError
	if errors.As(err, &failed) && errors.As(failed.Err, &reference) {
		return &protocol.Error{Code: reference.Code, Message: reference.Message, Path: at}
	}
	return nil
}

// schemaLoader answers references out of the schema from what was brought, every other one with an error. A URN is left open by
// Helm, so it is here.
type schemaLoader struct {
	brought map[string]any
	// The address that was asked for in vain.
	wanted string
}

func (l *schemaLoader) Load(address string) (any, error) {
	if document, known := l.brought[address]; known {
		return document, nil
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(parsed.Scheme) {
	case "http", "https":
		l.wanted = address
		return nil, &protocol.Error{Code: protocol.RemoteCode, Message: "values.schema.json refers to " + address}
	case "urn":
		return true, nil
	}
	return nil, &protocol.Error{Code: protocol.Denied, Message: "values.schema.json refers to a file outside the chart: " + address}
}

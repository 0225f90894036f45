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

// refuseForeignSchemas compiles each values.schema.json with a loader that opens nothing. Helm compiles them again to
// validate and reads every reference that it meets, files and addresses alike; what compiles here makes it read none.
// https://github.com/helm/helm/blob/v4.3.1/pkg/chart/common/util/jsonschema.go
func refuseForeignSchemas(source *chartSource, loaded *chart.Chart, values map[string]any) error {
	if refuseSchemasOf(source, loaded) == nil {
		return nil
	}
	// A schema of a subchart that is switched off is never compiled by Helm either.
	enabled, err := source.load()
	if err != nil {
		return err
	}
	if err := chartutil.ProcessDependencies(enabled, copyValues(values)); err != nil {
		return buildError(path.Join(source.root, "Chart.yaml"), 0, fmt.Errorf("chart dependencies processing failed: %w", err))
	}
	return refuseSchemasOf(source, enabled)
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
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	const name = "file:///values.schema.json" // the name that Helm gives it
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(closedLoader{})
	if err := compiler.AddResource(name, schema); err != nil {
		return foreignReference(at, err)
	}
	_, err = compiler.Compile(name)
	return foreignReference(at, err)
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

// closedLoader answers every reference out of the schema with an error. A URN is left open by Helm, so it is here.
type closedLoader struct{}

func (closedLoader) Load(address string) (any, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(parsed.Scheme) {
	case "http", "https":
		return nil, &protocol.Error{Code: protocol.RemoteCode, Message: "values.schema.json refers to " + address}
	case "urn":
		return true, nil
	}
	return nil, &protocol.Error{Code: protocol.Denied, Message: "values.schema.json refers to a file outside the chart: " + address}
}

package operations

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	chart "helm.sh/helm/v4/pkg/chart/v2"

	"presync.dev/engine/protocol"
)

// maxForeignSchemas is how many documents all schemas of a chart may need from elsewhere.
const maxForeignSchemas = 20

// latestDraft is what Helm takes a document for that does not say: https://github.com/santhosh-tekuri/jsonschema/blob/v6.0.3/draft.go
const latestDraft = "https://json-schema.org/draft/2020-12/schema"

// bundleSchemas replaces each schema that refers to http(s) addresses by one that holds those documents, as JSON Schema describes it:
// https://json-schema.org/draft/2020-12/json-schema-core#name-bundling
func (r *helmRender) bundleSchemas(loaded *chart.Chart) error {
	if loaded.Schema != nil {
		at := newChartFolders(r.source).locate(loaded.ChartFullPath() + "/values.schema.json")
		if err := r.bundleSchema(at, loaded.Schema); err != nil {
			return err
		}
	}
	for _, dependency := range loaded.Dependencies() {
		if err := r.bundleSchemas(dependency); err != nil {
			return err
		}
	}
	return nil
}

func (r *helmRender) bundleSchema(at string, text []byte) error {
	needed := map[string]any{}
	for {
		loader := &schemaLoader{brought: needed}
		failure := foreignReference(at, compileSchema(text, loader))
		if failure == nil {
			break
		}
		if loader.wanted == "" || r.request.Remotes == nil {
			return failure
		}
		document, err := r.foreignSchema(loader.wanted)
		if err != nil {
			return err
		}
		needed[loader.wanted] = document
	}
	if len(needed) == 0 {
		return nil
	}
	bundled, err := bundle(text, needed)
	if err != nil {
		return err
	}
	r.source.schemas[string(text)] = bundled
	return nil
}

// foreignSchema is one document, which the host brings once.
func (r *helmRender) foreignSchema(address string) (any, error) {
	name, _, _ := strings.Cut(address, "?")
	remote := placed(protocol.Remote{Kind: "http", URL: address, Path: path.Base(name)})
	if !r.request.FS.IsMounted(remote.At) {
		if r.foreignSchemas++; r.foreignSchemas > maxForeignSchemas {
			return nil, limitError(fmt.Sprintf("values.schema.json needs more than %d documents from elsewhere", maxForeignSchemas))
		}
		if err := r.request.Remotes([]protocol.Remote{remote}); err != nil {
			return nil, err
		}
	}
	data, err := r.request.FS.ReadFile(path.Join(remote.At, remote.Path))
	if err != nil {
		return nil, &protocol.Error{Code: protocol.RemoteCode, Message: fmt.Sprintf("%s, to which values.schema.json refers, was not brought: %s", address, err)}
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, &protocol.Error{Code: protocol.Build, Message: fmt.Sprintf("%s, to which values.schema.json refers, is no JSON: %s", address, err)}
	}
	return document, nil
}

// bundle puts the documents below `definitions`, where every draft looks for schemas with names of their own.
func bundle(text []byte, documents map[string]any) ([]byte, error) {
	var root map[string]json.RawMessage
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	definitions := map[string]any{}
	if own, has := root["definitions"]; has {
		if err := json.Unmarshal(own, &definitions); err != nil {
			return nil, err
		}
	}
	for _, address := range slices.Sorted(maps.Keys(documents)) {
		definitions["presync: "+address] = embedded(documents[address], address)
	}
	encoded, err := json.Marshal(definitions)
	if err != nil {
		return nil, err
	}
	root["definitions"] = encoded
	return json.Marshal(root)
}

// embedded gives a document its address as its name, and the draft that it would have by itself.
func embedded(document any, address string) any {
	fields, isObject := document.(map[string]any)
	if !isObject {
		if document == false {
			return map[string]any{"$id": address, "not": map[string]any{}}
		}
		return map[string]any{"$id": address}
	}
	base, err := url.Parse(address)
	if err != nil {
		return document
	}
	if own := parsedIn(base, fields[idKeyword(fields)]); own != nil {
		base = own
	}
	fields, _ = absolute(fields, base, nameOf(base), address).(map[string]any)
	if _, says := fields["$schema"].(string); !says {
		fields["$schema"] = latestDraft
	}
	fields = withoutRootReference(fields)
	fields[idKeyword(fields)] = address
	return fields
}

func idKeyword(fields map[string]any) string {
	if draft, _ := fields["$schema"].(string); strings.Contains(draft, "draft-04") {
		return "id"
	}
	return "$id"
}

// nameOf is an address without a fragment.
func nameOf(address *url.URL) string {
	name, _, _ := strings.Cut(address.String(), "#")
	return name
}

// absolute writes out relative references, so that they mean the same under another name. own is how the document calls itself.
func absolute(node any, base *url.URL, own, address string) any {
	switch node := node.(type) {
	case []any:
		items := make([]any, len(node))
		for at, item := range node {
			items[at] = absolute(item, base, own, address)
		}
		return items
	case map[string]any:
		return absoluteFields(node, base, own, address)
	}
	return node
}

func absoluteFields(node map[string]any, base *url.URL, own, address string) map[string]any {
	if inner := parsedIn(base, node["$id"]); inner != nil {
		base = inner
	}
	fields := make(map[string]any, len(node))
	for key, value := range node {
		fields[key] = absolute(value, base, own, address)
	}
	if _, isText := node["$id"].(string); isText {
		fields["$id"] = base.String()
	}
	if reference := parsedIn(base, node["$ref"]); reference != nil {
		fields["$ref"] = renamed(reference, own, address)
	}
	return fields
}

// parsedIn is an address as it is meant at a place; nil for what is none.
func parsedIn(base *url.URL, value any) *url.URL {
	text, isText := value.(string)
	if !isText {
		return nil
	}
	parsed, err := base.Parse(text)
	if err != nil {
		return nil
	}
	return parsed
}

func renamed(reference *url.URL, own, address string) string {
	if nameOf(reference) != own {
		return reference.String()
	}
	_, fragment, has := strings.Cut(reference.String(), "#")
	if !has {
		return address
	}
	return address + "#" + fragment
}

// withoutRootReference: drafts before 2019 see nothing beside a $ref, a name included.
func withoutRootReference(fields map[string]any) map[string]any {
	reference, has := fields["$ref"]
	if draft, _ := fields["$schema"].(string); !has || !strings.Contains(draft, "draft-0") {
		return fields
	}
	moved := map[string]any{"$schema": fields["$schema"], "allOf": []any{map[string]any{"$ref": reference}}}
	if definitions, has := fields["definitions"]; has {
		moved["definitions"] = definitions
	}
	return moved
}

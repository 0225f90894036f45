package operations

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// templateWithRemotes answers each wanted address with the text of its name.
func templateWithSchemas(t *testing.T, content files, elsewhere map[string]string) (*protocol.Error, []string) {
	t.Helper()
	mounts := mountOf(t, content)
	var asked []string
	encoded, _ := json.Marshal(input(nil))
	request := &Request{FS: mounts, Input: encoded, Remotes: func(wanted []protocol.Remote) error {
		for _, remote := range wanted {
			asked = append(asked, remote.Kind+" "+remote.URL)
			text, known := elsewhere[remote.URL]
			if !known {
				return &protocol.Error{Code: protocol.RemoteCode, Message: remote.URL + " is needed: not allowed"}
			}
			mounts.Mount(vfs.Mounted{At: remote.At, Tree: vfs.LiteralTree(mounts, remote.URL, map[string]string{remote.Path: text})})
		}
		return nil
	}}
	_, failure := Run("helm.template", request)
	return failure, asked
}

func TestSchemasFromElsewhereAreBrought(t *testing.T) {
	const here, draft7, draft4 = "https://schemas.example/", `"$schema":"http://json-schema.org/draft-07/schema#"`, `"$schema":"http://json-schema.org/draft-04/schema#"`
	text := `{"type":"string"}`
	refersTo := func(reference string) string { return `{"properties":{"a":{"$ref":"` + reference + `"}}}` }
	rows := []struct {
		name, schema string
		elsewhere    map[string]string
		asked        int
	}{
		{"a document", refersTo(here + "x.json"), map[string]string{"x.json": text}, 1},
		{"a document with a query", refersTo(here + "x.json?v=1"), map[string]string{"x.json?v=1": text}, 1},
		{"a part of it", refersTo(here + "x.json#/definitions/t"), map[string]string{"x.json": `{"definitions":{"t":` + text + `}}`}, 1},
		{"an anchor in it", refersTo(here + "x.json#t"), map[string]string{"x.json": `{"$defs":{"t":{"$anchor":"t","type":"string"}}}`}, 1},
		{"another beside it", refersTo(here + "x.json"), map[string]string{"x.json": `{"$ref":"y.json#/t"}`, "y.json": `{"t":{"$ref":"sub/z.json"}}`, "sub/z.json": text}, 3},
		{"itself", refersTo(here + "x.json"), map[string]string{"x.json": `{"anyOf":[{"type":"string"},{"properties":{"b":{"$ref":"#"}},"type":"object"}]}`}, 1},
		{"two that refer to one another", refersTo(here + "x.json"), map[string]string{"x.json": `{"type":"string","not":{"$ref":"y.json"}}`, "y.json": `{"type":"object","properties":{"b":{"$ref":"x.json"}}}`}, 2},
		{"a name that is its address", refersTo(here + "x.json"), map[string]string{"x.json": `{"$id":"` + here + `x.json","$ref":"#/definitions/t","definitions":{"t":` + text + `}}`}, 1},
		{"a name that is another", refersTo(here + "x.json"), map[string]string{"x.json": `{"$id":"https://other.example/a/b.json","$ref":"b.json#/definitions/t","definitions":{"t":` + text + `}}`}, 1},
		{"draft 7", `{` + draft7 + `,"properties":{"a":{"$ref":"` + here + `x.json"}}}`, map[string]string{"x.json": `{` + draft7 + `,"$ref":"#/definitions/t","definitions":{"t":` + text + `}}`}, 1},
		{"draft 7 at its root", `{` + draft7 + `,"$ref":"` + here + `x.json"}`, map[string]string{"x.json": refersTo("t.json"), "t.json": text}, 2},
		{"draft 4", `{` + draft4 + `,"properties":{"a":{"$ref":"` + here + `x.json"}}}`, map[string]string{"x.json": `{` + draft4 + `,"id":"` + here + `x.json","type":"string"}`}, 1},
		{"a later draft within an older one", `{` + draft7 + `,"properties":{"a":{"$ref":"` + here + `x.json"}}}`, map[string]string{"x.json": `{"$ref":"#/$defs/t","$defs":{"t":` + text + `}}`}, 1},
		{"nothing is allowed", refersTo(here + "x.json"), map[string]string{"x.json": "false"}, 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			elsewhere := map[string]string{}
			for name, document := range row.elsewhere {
				elsewhere[here+name] = document
			}
			content := shop(configTemplate("v"), files{"charts/x/values.schema.json": row.schema, "charts/x/values.yaml": "a: 1\n"})
			failure, asked := templateWithSchemas(t, content, elsewhere)
			if failure == nil || failure.Code != protocol.Schema || !strings.Contains(failure.Message, "at '/a'") {
				t.Errorf("a number: %v", failure)
			}
			same(t, "asked for", len(asked), row.asked)
			content["charts/x/values.yaml"] = "a: text\n"
			if failure, _ := templateWithSchemas(t, content, elsewhere); (failure != nil) != (row.elsewhere["x.json"] == "false") {
				t.Errorf("a text: %v", failure)
			}
		})
	}
}

func TestSchemasFromElsewhereThatCannotBe(t *testing.T) {
	chain := map[string]string{}
	for at := range maxForeignSchemas + 1 {
		chain[fmt.Sprintf("https://schemas.example/%d.json", at)] = fmt.Sprintf(`{"$ref":"%d.json"}`, at+1)
	}
	rows := []struct {
		name, reference string
		elsewhere       map[string]string
		code, says      string
	}{
		{"it says how to read all of them", "#\",\"$schema\":\"https://schemas.example/x.json", map[string]string{"https://schemas.example/x.json": `{"$schema":"https://json-schema.org/draft/2020-12/schema"}`}, "remote", "values.schema.json refers to https://schemas.example/x.json"},
		{"the host says no", "https://schemas.example/x.json", nil, "remote", "https://schemas.example/x.json is needed: not allowed"},
		{"it is no JSON", "https://schemas.example/x.json", map[string]string{"https://schemas.example/x.json": "<html>"}, "build", "https://schemas.example/x.json, to which values.schema.json refers, is no JSON"},
		{"it names a file", "https://schemas.example/x.json", map[string]string{"https://schemas.example/x.json": `{"$ref":"file:///etc/passwd"}`}, "denied", "file:///etc/passwd"},
		{"it names a host that is denied", "https://schemas.example/x.json", map[string]string{"https://schemas.example/x.json": `{"$ref":"https://127.0.0.1/y.json"}`}, "remote", "https://127.0.0.1/y.json is needed"},
		{"there is always one more", "https://schemas.example/0.json", chain, "limit", "more than 20 documents"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			content := shop(configTemplate("v"), files{"charts/x/values.schema.json": `{"$ref":"` + row.reference + `"}`})
			failure, asked := templateWithSchemas(t, content, row.elsewhere)
			if failure == nil || failure.Code != row.code || !strings.Contains(failure.Message, row.says) {
				t.Errorf("got %v", failure)
			}
			if len(asked) > maxForeignSchemas {
				t.Errorf("asked %d times", len(asked))
			}
		})
	}
}

package operations

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// files is the content of a repository by path; "link -> x" is a symbolic link.
type files map[string]string

func mountOf(t *testing.T, content files) *vfs.FS {
	t.Helper()
	return vfs.FromFiles(content)
}

func call(t *testing.T, run operation, content files, input any) (*Result, error) {
	t.Helper()
	encoded, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	return run(&Request{FS: mountOf(t, content), Input: encoded})
}

// codeOf is the protocol code of an error; "" for none.
func codeOf(err error) string {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known.Code
	}
	if err != nil {
		return "untyped: " + err.Error()
	}
	return ""
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %#v\nwant %#v", what, got, want)
	}
}

// dataOf is the data of a ConfigMap.
func dataOf(t *testing.T, object Object) map[string]string {
	t.Helper()
	var manifest struct {
		Data map[string]string `json:"data"`
	}
	if err := json.Unmarshal(object.Manifest, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Data
}

// dataField is one text field of the object itself.
func dataField(t *testing.T, object Object, name string) string {
	t.Helper()
	var manifest map[string]any
	if err := json.Unmarshal(object.Manifest, &manifest); err != nil {
		t.Fatal(err)
	}
	text, _ := manifest[name].(string)
	return text
}

// names are those in the metadata of all objects.
func names(t *testing.T, result *Result) []string {
	t.Helper()
	var found []string
	for _, object := range result.Objects {
		var manifest struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		if err := json.Unmarshal(object.Manifest, &manifest); err != nil {
			t.Fatal(err)
		}
		found = append(found, manifest.Metadata.Name)
	}
	return found
}

func lineOfError(err error) int {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known.Line
	}
	return 0
}

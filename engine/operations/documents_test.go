package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// FuzzDocuments holds the reader to the decoder of apimachinery, which kubectl and Argo CD use: same documents up to the
// first error, and an error where it has one. Aliases are left out: what cannot be measured is refused here alone.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		"", "a: 1", "a: 1\n---\nb: 2", "---\n---\n", "# x\n---\na: 1\n...\nb: 2\n", `{"a":1}{"b":2}`, "{\"a\":1}\n---\nb: 2\n",
		`{"a":1} x`, "{a: 1}\n---\n{b: 1}", `{"a":1}{"b":2} x`, "a: 1\n---x\nb: 2", "a: &a 1\nb: *a\n", "\ufeffa: 1", "a: [", "--- # c\na: 1\n",
		"{\"a\":1}\n\n{b: 1}", "a: 1\r\n---\r\nb: 2\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.ContainsRune(data, '*') {
			t.Skip()
		}
		want, wantErr := upstreamDocuments(data)
		got, gotErr := ownDocuments(data)
		if (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("error %v, upstream %v", gotErr, wantErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("documents %q, upstream %q", got, want)
		}
	})
}

func upstreamDocuments(data []byte) ([]string, error) {
	decoder := kubeyaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), guessBytes)
	var found []string
	for {
		var raw runtime.RawExtension
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		if text := bytes.TrimSpace(raw.Raw); len(text) > 0 && string(text) != "null" {
			found = append(found, compact(text))
		}
	}
}

func ownDocuments(data []byte) ([]string, error) {
	var found []string
	err := readDocuments(data, 1<<20, func(next document, failed *documentError) error {
		if failed != nil {
			return failed
		}
		if next.json != nil {
			found = append(found, compact(next.json))
		}
		return nil
	})
	return found, err
}

func compact(text []byte) string {
	var buffer bytes.Buffer
	if json.Compact(&buffer, text) != nil {
		return string(text)
	}
	return buffer.String()
}

package operations

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// The same objects in the same order as the helm program prints; testdata/charts/README.md says how.
func TestHelmTemplateEqualsHelm(t *testing.T) {
	rows := []struct {
		golden string
		input  map[string]any
	}{
		{"umbrella.yaml", map[string]any{"namespace": "prod"}},
		{"umbrella-upgrade.yaml", map[string]any{
			"skipCrds": true, "skipTests": true, "isUpgrade": true, "valuesObject": map[string]any{"back": map[string]any{"enabled": true}},
			"parameters": []any{
				map[string]any{"name": "imported.port", "value": "a,b"},
				map[string]any{"name": "front.image.tag", "value": "9", "forceString": true},
			},
		}},
	}
	content := folder(t, "testdata/charts")
	for _, row := range rows {
		t.Run(row.golden, func(t *testing.T) {
			row.input["path"], row.input["releaseName"], row.input["kubeVersion"] = "umbrella", "shop", "1.34.2"
			rendered, err := call(t, helmTemplate, content, row.input)
			if err != nil {
				t.Fatal(err)
			}
			printed, err := call(t, yamlParse, content, map[string]any{"paths": []string{row.golden}})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "objects", texts(rendered.Objects), texts(printed.Objects))
			same(t, "uses", rendered.Uses, []string{"install"})
		})
	}
}

func texts(objects []Object) []string {
	var found []string
	for _, object := range objects {
		found = append(found, string(object.Manifest))
	}
	return found
}

// folder is everything below a folder of the disk, by its path in it.
func folder(t *testing.T, root string) files {
	t.Helper()
	content := files{}
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, at)
		data, err := os.ReadFile(at)
		content[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

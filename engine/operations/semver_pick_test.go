package operations

import (
	"strings"
	"testing"
)

func TestSemverPick(t *testing.T) {
	tags := []string{"latest", "1.2.3", "v1.3.0", "1.2.10", "2.0.0-rc.1", "1.4", "1.2.11_build.5", "0.9.0"}
	rows := []struct {
		as, constraint, filter string
		versions               []string
		want, says             string
	}{
		{"helm-oci", "", "", tags, "1.2.11_build.5", ""},
		{"helm-oci", "1.2.3", "", tags, "1.2.3", ""},
		{"helm-oci", "1.2.11+build.5", "", tags, "1.2.11_build.5", ""},
		{"helm-oci", "~1.2.4", "", tags, "1.2.11_build.5", ""},
		{"helm-oci", "<1.2.11", "", tags, "1.2.10", ""},
		{"helm-oci", "^1.3", "", tags, "", "could not locate a version"},
		{"helm-oci", ">=1-0", "", tags, "2.0.0-rc.1", ""},
		{"helm-oci", "x y", "", tags, "", "improper constraint"},
		{"flux-oci", "1.x", "", tags, "v1.3.0", ""},
		{"flux-oci", "1.2.x", "", tags, "1.2.10", ""},
		{"flux-oci", "1.x", `^1\.2\.\d+$`, tags, "1.2.10", ""},
		{"flux-oci", ">=1.0.0-0", "rc", tags, "2.0.0-rc.1", ""},
		{"flux-oci", "1.x", "(", tags, "", "semverFilter is no regular expression"},
		{"flux-oci", "3.x", "", tags, "", "no match found for semver: 3.x"},
		{"flux-oci", "", "", tags, "", "improper constraint"},
		{"git-tags", "1.x", "", tags, "v1.3.0", ""},
		{"git-tags", "*", "", []string{"1.0.0", "main"}, "1.0.0", ""},
		{"git-tags", "1.x", "", []string{"1.0.0+a", "1.0.0+b"}, "", "1.0.0+a and 1.0.0+b are the same version"},
		{"git-tags", "1.x", "", []string{"1.0.0+a", "1.0.0+b", "1.0.1"}, "1.0.1", ""},
		{"git-tags", "1.x", "", []string{"1.4"}, "", "no match found"},
		{"argocd", "1.x", "", tags, "1.4", ""},
		{"argocd", "1.2.*", "", tags, "1.2.10", ""},
		{"argocd", "v1.3.0", "", tags, "v1.3.0", ""},
		{"argocd", "v9.9.9", "", tags, "", "there is no tag v9.9.9"},
		{"argocd", "latest", "", tags, "latest", ""},
		{"argocd", "3.x", "", tags, "", "version matching constraint not found"},
	}
	for _, row := range rows {
		t.Run(row.as+" "+row.constraint+" "+row.filter, func(t *testing.T) {
			input := map[string]any{"as": row.as, "constraint": row.constraint, "versions": row.versions, "filter": row.filter}
			result, err := call(t, semverPick, files{}, input)
			if row.says != "" {
				if codeOf(err) != "build" || !strings.Contains(err.Error(), row.says) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			same(t, "picked", result.Value.(map[string]any)["version"], any(row.want))
		})
	}
}

// A + cannot stand in a tag; Flux reads _ as + where the media type is that of a chart, and only there.
func TestSemverPickReadsTagsOfCharts(t *testing.T) {
	input := map[string]any{
		"as": "flux-oci", "constraint": "1.2.x", "versions": []string{"1.2.10", "1.2.11_build.5"},
		"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
	}
	result, err := call(t, semverPick, files{}, input)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "picked", result.Value.(map[string]any)["version"], any("1.2.11_build.5"))
}

func TestSemverPickKnowsFourRules(t *testing.T) {
	_, err := call(t, semverPick, files{}, map[string]any{"as": "npm", "constraint": "1.x"})
	same(t, "code", codeOf(err), "internal")
	_, err = call(t, semverPick, files{}, map[string]any{"as": "argocd", "constraint": "1.x", "filter": "x"})
	same(t, "code of a filter that nobody reads", codeOf(err), "internal")
}

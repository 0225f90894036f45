package operations

import (
	"strings"
	"testing"
)

const shopIndex = `apiVersion: v1
entries:
  shop:
  - {apiVersion: v2, name: shop, version: 1.9.0, urls: [shop-1.9.0.tgz], digest: aa}
  - {apiVersion: v2, name: shop, version: 1.10.0, urls: ['https://charts.example/shop-1.10.0.tgz', other.tgz], digest: bb}
  - {apiVersion: v2, name: shop, version: 2.0.0-rc.1, urls: [rc.tgz]}
  - {name: shop, version: 1.11.0+b, urls: [build.tgz]}
  - {apiVersion: v2, name: shop, version: not a version, urls: [x.tgz]}
  -
  bare:
  - {apiVersion: v2, name: bare, version: 1.0.0}
`

func TestHelmIndexPicksAsHelmDoes(t *testing.T) {
	rows := []struct{ name, chart, version, want, says string }{
		{"the newest stable one", "shop", "", "1.11.0+b build.tgz", ""},
		{"an exact version", "shop", "1.9.0", "1.9.0 shop-1.9.0.tgz", ""},
		{"an exact pre-release", "shop", "2.0.0-rc.1", "2.0.0-rc.1 rc.tgz", ""},
		{"a range", "shop", "~1.10", "1.10.0 https://charts.example/shop-1.10.0.tgz,other.tgz", ""},
		{"a range without pre-releases", "shop", ">=1.9", "1.11.0+b build.tgz", ""},
		{"a range with pre-releases", "shop", ">=1.9-0", "2.0.0-rc.1 rc.tgz", ""},
		{"no such version", "shop", "3.x", "", "chart shop in version 3.x: no chart version found"},
		{"no such chart", "shoe", "1.0.0", "", "chart shoe in version 1.0.0: no chart name found"},
		{"a range that is none", "shop", "one", "", "chart shop in version one: improper constraint"},
		{"nowhere to load it from", "bare", "", "", "chart bare 1.0.0 has no address"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, helmIndex, files{"index.yaml": shopIndex}, map[string]any{"chart": row.chart, "version": row.version})
			if row.says != "" {
				if codeOf(err) != "build" || !strings.Contains(err.Error(), row.says) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			value, _ := result.Value.(map[string]any)
			same(t, "version", value["version"].(string)+" "+strings.Join(value["urls"].([]string), ","), row.want)
		})
	}
}

func TestHelmIndexRefuses(t *testing.T) {
	for name, row := range map[string]struct{ content, code, says string }{
		"an empty file":    {"", "build", "empty index.yaml"},
		"no apiVersion":    {"entries: {}", "build", "no API version specified"},
		"a key set twice":  {"apiVersion: v1\napiVersion: v1\n", "build", "already set"},
		"what is no YAML":  {"<html>", "build", "no index of a Helm repository"},
		"a bomb":           {laughs(9), "limit", "aliases"},
		"a JSON index":     {`{"apiVersion":"v1","entries":{"shop":[{"name":"shop","version":"1.0.0","urls":["x"]}]}}`, "", ""},
		"an odd JSON list": {`[]`, "build", "no index of a Helm repository"},
	} {
		_, err := call(t, helmIndex, files{"index.yaml": row.content}, map[string]any{"chart": "shop", "version": ""})
		if codeOf(err) != row.code || (err != nil && !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := call(t, helmIndex, files{}, map[string]any{"chart": "shop"})
	same(t, "code without an index", codeOf(err), "build")
}

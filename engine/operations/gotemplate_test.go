package operations

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestGoTemplate(t *testing.T) {
	t.Setenv("PRESYNC_CANARY", "tweet")
	params := map[string]any{"path": map[string]any{"basename": "Shop_1"}, "list": []any{"a", "b"}, "big": 2_000_000_000}
	rows := []struct {
		name     string
		template any
		options  []string
		want     string // JSON
		code     string
		uses     string
	}{
		{"a text", "x-{{ .path.basename }}", nil, `"x-Shop_1"`, "", ""},
		{"a value of any shape, keys too", map[string]any{"{{ index .list 0 }}": []any{"{{ index .list 1 }}", 1, true, nil}}, nil, `{"a":["b",1,true,null]}`, "", ""},
		{"null in an object is left out", map[string]any{"a": nil, "b": "1"}, nil, `{"b":"1"}`, "", ""},
		{"functions of Argo CD", "{{ normalize .path.basename }} {{ slugify .path.basename }} {{ toYaml .list }}", nil, `"shop-1 shop-1 - a\n- b"`, "", ""},
		{"functions of sprig", `{{ .list | join "," | upper }}`, nil, `"A,B"`, "", ""},
		{"a missing key", "{{ .no }}", nil, `"\u003cno value\u003e"`, "", ""},
		{"a missing key as an error", "{{ .no }}", []string{"missingkey=error"}, "", "build", ""},
		{"an unknown option", "x", []string{"missingkey=maybe"}, "", "build", ""},
		{"broken", "{{ .a", nil, "", "build", ""},
		{"environment", `{{ env "PRESYNC_CANARY" }}`, nil, "", "build", ""},
		{"environment in a text", `{{ expandenv "$PRESYNC_CANARY" }}`, nil, "", "build", ""},
		{"names of hosts", `{{ getHostByName "localhost" }}`, nil, "", "build", ""},
		{"a billion steps", "{{ range until 1000000000 }}x{{ end }}", nil, "", "limit", ""},
		{"a billion steps the other way round", "{{ range (1000000000 | int | until) }}x{{ end }}", nil, "", "limit", ""},
		{"a billion steps without a list", "{{ range 1000000000 }}x{{ end }}", nil, "", "limit", ""},
		{"a billion letters in a branch", `{{ if false }}{{ else }}{{ with repeat 1000000000 "x" }}{{ . }}{{ end }}{{ end }}`, nil, "", "limit", ""},
		{"a large number that counts nothing", "{{ add 1000000000 1 }}", nil, `"1000000001"`, "", ""},
		{"a template without end", `{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}`, nil, "", "build", ""},
		{"clock and chance", `{{ $a := randAlpha 3 }}{{ $b := now }}`, nil, `""`, "", "now random"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, goTemplate, nil, map[string]any{"template": row.template, "params": params, "options": row.options})
			same(t, "code", codeOf(err), row.code)
			if err != nil {
				if strings.Contains(err.Error(), "tweet") {
					t.Error("the environment can be read")
				}
				return
			}
			value, _ := json.Marshal(result.Value)
			same(t, "value", string(value), row.want)
			same(t, "uses", strings.Join(result.Uses, " "), row.uses)
		})
	}
}

package operations

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestYAMLParseReadsAsTheClusterDoes(t *testing.T) {
	const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	rows := []struct {
		name      string
		text      string
		manifests []string // exact JSON
		places    []string // document:line
		problems  []string // line code
	}{
		{
			"one document",
			config,
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"0:1"}, nil,
		},
		{
			"the line is that of the first content after separators and comments",
			"# top\n---\n# why\n\n" + config + "--- # next\n" + config,
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"1:5", "2:9"}, nil,
		},
		{
			"byte order mark",
			"\ufeff" + config,
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"0:1"}, nil,
		},
		{
			"UTF-16",
			utf16LE(config),
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"0:1"}, nil,
		},
		{
			"nothing reads what follows three dots",
			config + "...\n" + strings.ReplaceAll(config, "name: a", "name: hidden"),
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"0:1"},
			[]string{"4 ignored"},
		},
		{
			"three dots at the end are no problem",
			config + "...\n# bye\n",
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"0:1"}, nil,
		},
		{
			"JSON stream",
			`{"apiVersion":"v1","kind":"A"}` + "\n" + `{"apiVersion":"v1","kind":"B"}{"apiVersion":"v1","kind":"C"}`,
			[]string{`{"apiVersion":"v1","kind":"A"}`, `{"apiVersion":"v1","kind":"B"}`, `{"apiVersion":"v1","kind":"C"}`},
			[]string{"0:1", "1:2", "2:2"}, nil,
		},
		{
			"JSON first, YAML after",
			`{"apiVersion":"v1","kind":"A"}` + "\n---\n" + config,
			[]string{`{"apiVersion":"v1","kind":"A"}`, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"0:1", "1:3"}, nil,
		},
		{
			"JSON with duplicate keys",
			"{\"apiVersion\":\"v1\",\"kind\":\"A\",\n\"spec\":{\"image\":\"good\",\n\"image\":\"bad\"}}",
			[]string{`{"apiVersion":"v1","kind":"A","spec":{"image":"bad"}}`},
			[]string{"0:1"},
			[]string{"3 duplicate"},
		},
		{
			"duplicate keys",
			config + "spec:\n  image: good\n  image: bad\n",
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"spec":{"image":"bad"}}`},
			[]string{"0:1"},
			[]string{"6 duplicate"},
		},
		{
			"keys that become the same JSON key",
			config + "data:\n  yes: a\n  \"true\": b\n",
			nil, nil,
			[]string{"5 ambiguous", "6 duplicate"},
		},
		{
			"scalars of two minds",
			config + "spec:\n  hostNetwork: yes\n  mode: 0777\n  count: 1_000\n  time: 12:30:45\n  text: \"yes\"\n  date: 2026-11-24\n  exp: 1e3\n  on: 5\n",
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"spec":{"count":1000,"date":"2026-11-24","exp":1000,"hostNetwork":true,"mode":511,"text":"yes","time":"12:30:45","true":5}}`},
			[]string{"0:1"},
			[]string{"5 ambiguous", "6 ambiguous", "7 ambiguous", "8 ambiguous", "11 ambiguous", "12 ambiguous"},
		},
		{
			"an image through a merge key",
			config + "x: &x {image: bad}\nspec:\n  <<: *x\n",
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"spec":{"image":"bad"},"x":{"image":"bad"}}`},
			[]string{"0:1"},
			[]string{"6 merge", "6 merge"},
		},
		{
			"a List in a List, and items that leave out their kind",
			"apiVersion: v1\nkind: List\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - {apiVersion: v1, kind: A}\n- apiVersion: rbac/v1\n  kind: RoleBindingList\n  items: [{metadata: {name: b}}]\n",
			[]string{`{"apiVersion":"v1","kind":"A"}`, `{"apiVersion":"rbac/v1","kind":"RoleBinding","metadata":{"name":"b"}}`},
			[]string{"0:1", "0:1"}, nil,
		},
		{
			"what is no object is said, not failed",
			"a: 1\n---\n- b\n---\n" + config,
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"2:5"},
			[]string{"1 not-an-object", "3 not-an-object"},
		},
		{
			"a broken document does not hide the next",
			"a: [\n---\n" + config,
			[]string{`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`},
			[]string{"1:3"},
			[]string{"1 parse"},
		},
		{
			"a separator with more behind it ends the reading",
			config + "---x\n" + config,
			nil, nil,
			[]string{"4 parse"},
		},
		{"nothing", "", nil, nil, nil},
		{"comments only", "# a\n---\n# b\n", nil, nil, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			result, err := call(t, yamlParse, files{"a.yaml": row.text}, map[string]any{"paths": []string{"/a.yaml"}})
			if err != nil {
				t.Fatal(err)
			}
			var manifests, places, problems []string
			for _, object := range result.Objects {
				manifests = append(manifests, string(object.Manifest))
				places = append(places, fmt.Sprintf("%d:%d", object.Origin.Document, object.Origin.Line))
				same(t, "path", object.Origin.Path, "a.yaml")
			}
			for _, problem := range result.Problems {
				problems = append(problems, fmt.Sprintf("%d %s", problem.Line, problem.Code))
			}
			if row.manifests != nil || len(row.problems) == 0 {
				same(t, "manifests", manifests, row.manifests)
				same(t, "places", places, row.places)
			}
			same(t, "problems", problems, row.problems)
		})
	}
}

func TestYAMLParseReadsStandardInput(t *testing.T) {
	result, err := call(t, yamlParse, nil, map[string]any{"stdin": "apiVersion: v1\nkind: A\n"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "objects", len(result.Objects), 1)
	same(t, "path", result.Objects[0].Origin.Path, "")
}

func TestYAMLParseStopsBombsBeforeTheyGoOff(t *testing.T) {
	rows := []struct {
		name    string
		text    string
		problem string
	}{
		{"2 levels are 100 values", laughs(2), ""},
		{"4 levels are 10,000 values, and nearly all of them aliases", laughs(4), "limit"},
		{"5 levels", laughs(5), "limit"},
		{"9 levels", laughs(9), "limit"},
		{"one long value behind many aliases", "a: &a " + strings.Repeat("x", 100_000) + "\nb: [" + strings.Repeat("*a,", 10_000) + "]\n", "limit"},
		{"an anchor inside itself", "a: &a\n  b: *a\n", "limit"},
		{"20,000 open brackets", strings.Repeat("[", 20_000), "limit"},
		{"20,000 open brackets of JSON", `{"a":` + strings.Repeat("[", 20_000), "limit"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			text := "apiVersion: v1\nkind: A\n" + row.text
			if strings.HasPrefix(row.text, "{") || strings.HasPrefix(row.text, "[") {
				text = row.text
			}
			started := time.Now()
			result, err := call(t, yamlParse, files{"a.yaml": text}, map[string]any{"paths": []string{"/a.yaml"}})
			t.Logf("%v", time.Since(started))
			if err != nil {
				t.Fatal(err)
			}
			codes := map[string]bool{}
			for _, problem := range result.Problems {
				codes[problem.Code] = true
			}
			same(t, "limit", codes["limit"], row.problem == "limit")
		})
	}
}

func TestYAMLParseRefusesTooManyDocuments(t *testing.T) {
	text := strings.Repeat("apiVersion: v1\nkind: A\n---\n", 100_000)
	_, err := call(t, yamlParse, files{"a.yaml": text}, map[string]any{"paths": []string{"/a.yaml"}})
	same(t, "code", codeOf(err), "limit")
}

func TestYAMLParseSaysThatItSaysNoMore(t *testing.T) {
	text := "apiVersion: v1\nkind: A\nspec: [" + strings.Repeat("yes, ", 500) + "]\nimage: a\nimage: b\n"
	result, err := call(t, yamlParse, files{"a.yaml": text}, map[string]any{"paths": []string{"/a.yaml"}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "problems", len(result.Problems), maxProblems)
	same(t, "last", result.Problems[maxProblems-1].Code, "limit")
}

func laughs(levels int) string {
	var text strings.Builder
	text.WriteString("a0: &a0 lol\n")
	for level := 1; level <= levels; level++ {
		aliases := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", level-1), 10), ", ")
		fmt.Fprintf(&text, "a%d: &a%d [%s]\n", level, level, aliases)
	}
	return text.String()
}

func utf16LE(text string) string {
	encoded := []byte{0xff, 0xfe}
	for _, character := range text {
		encoded = append(encoded, byte(character), byte(character>>8))
	}
	return string(encoded)
}

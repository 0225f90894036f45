package operations

import (
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// sameAsLibrary compares with the library's own way; an error of one must be an error of the other.
func sameAsLibrary(t *testing.T, text string) {
	node, err := yaml.Parse(text)
	if err != nil || node.YNode() == nil || node.YNode().Kind != yaml.MappingNode {
		return
	}
	want, wantErr := node.MarshalJSON()
	got, gotErr := manifestOf(node)
	if string(got) != string(want) || (gotErr == nil) != (wantErr == nil) {
		t.Errorf("%q:\n got %s, %v\nwant %s, %v", text, got, gotErr, want, wantErr)
	}
}

var oddYAML = []string{
	"a: 1\nb: 1.50\nc: 1e3\nd: 0x1F\ne: 0o17\nf: 017\ng: 1_000\nh: .inf\ni: 12:30:45",
	"a: yes\nb: 'yes'\nc: on\nd: null\ne: ~\nf:\ng: ''\nh: True\ni: \"true\"",
	"a: 2001-01-01\nb: '2001-01-01'\nc: 2001-01-01T00:00:00Z\nd: !!timestamp 2001-01-01",
	"a: !!str 5\nb: !!int \"5\"\nc: !!float 5\nd: !!bool yes\ne: !x y\nf: !!binary aGVsbG8=",
	"a: \" leading\"\nb: 'trailing '\nc: '# no comment'\nd: a#b\ne: 'a: b'\nf: '- x'\ng: '{'\nh: '&a'\ni: '%'\nj: '@'\nk: '`'",
	"a: |\n  one\n  two\nb: >-\n  one\n  two\nc: \"tab\\t\"\nd: \"\\u00e9\"\ne: \"a\\nb\"",
	"1: a\ntrue: b\nnull: c\n2.5: d",
	"a: 1\na: 2",
	"a: &x {b: 1}\nc: *x\nd: {<<: *x}\n<<: {e: 1}",
	"a: 123456789012345678901234567890\nb: -0\nc: +1\nd: 9007199254740993",
	"# head\na: b # line\n# foot\nc:\n  # inner\n  - d # e\n",
	"a: " + strings.Repeat("word ", 60) + "\nb: " + strings.Repeat("x", 300),
	"a: \"\"\n\"\": b\n'': c",
	"? [a, b]\n: c\n",
}

func TestManifestsAreWrittenAsTheLibraryWritesThem(t *testing.T) {
	for _, text := range oddYAML {
		sameAsLibrary(t, text)
		for line := range strings.Lines(text) {
			sameAsLibrary(t, line)
		}
	}
}

func FuzzManifestsAreWrittenAsTheLibraryWritesThem(f *testing.F) {
	for _, text := range oddYAML {
		f.Add(text)
	}
	f.Fuzz(sameAsLibrary)
}

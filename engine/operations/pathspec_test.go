package operations

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The names and patterns hold each rule of Git's matcher; the answers are Git's own.
func TestPathspecsMatchAsGitDoes(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not there to compare with")
	}
	names := []string{
		"a.yaml", "a/b.yaml", "a/b/c.yaml", "a/b/config.json", "ab/config.json", "config.json", "x[1].yaml", "x1.yaml",
		"x-.yaml", "x].yaml", "dir/sub/deep/file", "A.yaml", ".hidden/x.yaml", "sp ace.yaml", "back/star*.yaml", "back/starx.yaml", "é.yaml",
	}
	patterns := []string{
		"*", "**", "*.yaml", "*/config.json", "**/config.json", "a", "a/", "a/b", "a/*", "a/**", "a/b.yaml", "./a", "a//b", "a/../ab",
		"?.yaml", "a?b.yaml", "x[1].yaml", "x[0-9].yaml", "x[!0-9].yaml", "x[^0-9].yaml", "x[]].yaml", "x[]-].yaml", "x[[:digit:]].yaml",
		"x[[:alpha:][:punct:]].yaml", "x[[:nope:]].yaml", "x[1.yaml", "x[.yaml", "[a-z].yaml", "[A-Z].yaml", "back/star\\*.yaml", "back/star*.yaml",
		"a[/]b.yaml", "a[!x]b.yaml", "dir/*/file", "dir/**/file", "d*e", "*e*e*", ".", "", "nothing", "x[\\]].yaml", "x[0-\\9].yaml", "*\\", "x[9-0].yaml",
		"x[a-].yaml", "??.yaml", "???.yaml", "[[:upper:]].yaml", "x[[:digit].yaml", "x[[:digit:]", "a*/",
	}
	folder := t.TempDir()
	run := func(arguments ...string) (string, error) {
		command := exec.Command(git, arguments...)
		command.Dir = folder
		command.Env = []string{"GIT_CONFIG_NOSYSTEM=1", "HOME=" + folder}
		output, err := command.Output()
		return string(output), err
	}
	for _, name := range names {
		full := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, arguments := range [][]string{{"init", "-q"}, {"add", "-A"}} {
		if _, err := run(arguments...); err != nil {
			t.Fatal(err)
		}
	}
	for _, pattern := range patterns {
		asked := pattern
		if asked == "" {
			asked = "." // as the repo-server does
		}
		output, err := run("ls-files", "--full-name", "-z", "--", asked)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		want := strings.Split(strings.TrimSuffix(output, "\x00"), "\x00")
		spec, err := parsePathspec(pattern)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		got := []string{""}
		for _, name := range names {
			if spec.matches(name) {
				got = append(got, name)
			}
			if spec.matches(name) && spec.folder() != "" && !strings.HasPrefix(name, spec.folder()+"/") {
				t.Errorf("%q matches %q outside of %q", pattern, name, spec.folder())
			}
		}
		if len(got) > 1 {
			got = got[1:]
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", pattern, got, want)
		}
	}
}

func TestPathspecsThatCannotBe(t *testing.T) {
	for text, code := range map[string]string{":!x": "unsupported", ":/": "unsupported", "/x": "untyped: the git generator names the files /x, which are outside of the repository", "a/../../x": "untyped: the git generator names the files a/../../x, which are outside of the repository", "..x": ""} {
		_, err := parsePathspec(text)
		same(t, text, codeOf(err), code)
	}
}

func TestManyStarsTakeNoTime(t *testing.T) {
	spec, err := parsePathspec(strings.Repeat("*a", 60) + "b")
	if err != nil || spec.matches(strings.Repeat("a", 4000)) {
		t.Error("that does not match")
	}
}

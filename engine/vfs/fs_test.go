package vfs

import (
	"errors"
	"io/fs"
	"reflect"
	"testing"

	"presync.dev/engine/protocol"
)

func code(err error) string {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known.Code
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "absent"
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestReadFileFollowsLinksAndNeverLeavesTheMount(t *testing.T) {
	files := map[string]string{
		"a/values.yaml":  "in a",
		"a/same":         "link -> values.yaml",
		"b/over":         "link -> ../a/values.yaml",
		"folder":         "link -> a",
		"passwd":         "link -> /etc/passwd",
		"up":             "link -> ../../etc/passwd",
		"b/just":         "link -> ../../outside",
		"loop":           "link -> loop",
		"one":            "link -> two",
		"two":            "link -> one",
		"dangling":       "link -> nowhere",
		"deep/link":      "link -> ../folder/same",
		"a/dot":          "link -> ./values.yaml",
		"self/reference": "link -> .",
	}
	for _, test := range []struct{ path, content, code string }{
		{"/a/values.yaml", "in a", ""},
		{"/a/same", "in a", ""},
		{"/b/over", "in a", ""},
		{"/folder/values.yaml", "in a", ""},
		{"/deep/link", "in a", ""},
		{"/a/dot", "in a", ""},
		{"/a/../a/./same", "in a", ""},
		{"/../../a/values.yaml", "in a", ""},
		{"/passwd", "", "denied"},
		{"/up", "", "denied"},
		{"/b/just", "", "denied"},
		{"/loop", "", "denied"},
		{"/one", "", "denied"},
		{"/dangling", "", "absent"},
		{"/missing", "", "absent"},
	} {
		content, err := FromFiles(files).ReadFile(test.path)
		if string(content) != test.content || code(err) != test.code {
			t.Errorf("%s: got %q and %q, want %q and %q", test.path, content, code(err), test.content, test.code)
		}
	}
}

func TestReadsAreTheWholeClosure(t *testing.T) {
	files := FromFiles(map[string]string{"a/one": "1", "a/two": "2", "a/b/three": "3", "link": "link -> a/one"})
	_, _ = files.ReadFile("/a/one")
	_, _ = files.ReadFile("/a/absent")
	_, _ = files.Lookup("/a/two")
	_, _ = files.Lookup("/a/nothing")
	_, _ = files.ReadDir("/a")
	_, _ = files.ReadDir("/gone")
	_, _ = files.ReadFile("/link")
	want := protocol.Reads{
		At:      "/",
		Files:   [][2]string{{"a/one", "blob of a/one"}, {"link", "blob of link"}},
		Present: []string{"a/two"},
		Absent:  []string{"a/absent", "a/nothing", "gone"},
		Listed:  []string{"a"},
		Links:   []string{"link"},
	}
	if got := files.Reads(); !reflect.DeepEqual(got, []protocol.Reads{want}) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestTheDeepestMountHasThePath(t *testing.T) {
	blobs := literal{"base": []byte("base"), "ref": []byte("ref")}
	files := New(blobs,
		Mounted{At: "/", Tree: NewTree("1", [][3]string{{"ref/values.yaml", "100644", "base"}})},
		Mounted{At: "/ref", Tree: NewTree("2", [][3]string{{"values.yaml", "100644", "ref"}})})
	content, err := files.ReadFile("/ref/values.yaml")
	if string(content) != "ref" || err != nil {
		t.Errorf("got %q, %v", content, err)
	}
}

func TestASubmoduleIsAFolderWithoutContent(t *testing.T) {
	files := New(literal{}, Mounted{At: "/", Tree: NewTree("1", [][3]string{{"modules/one", "160000", "commit"}})})
	if info, found := files.Lookup("/modules/one"); !found || !info.Dir {
		t.Errorf("got %+v, %v", info, found)
	}
}

func TestWrittenFilesLieOverTheTreeAndAreNoInput(t *testing.T) {
	files := FromFiles(map[string]string{"a/kept": "kept"})
	files.WriteFile("/a/kept", []byte("changed"))
	files.WriteFile("/a/new", []byte("new"))
	content, _ := files.ReadFile("/a/kept")
	names, _ := files.ReadDir("/a")
	if string(content) != "changed" || !reflect.DeepEqual(names, []string{"kept", "new"}) {
		t.Errorf("got %q and %v", content, names)
	}
	if reads := files.Reads()[0].Files; len(reads) != 0 {
		t.Errorf("an own file counts as read: %v", reads)
	}
}

func TestAFileIsNoFolderAndAFolderNoFile(t *testing.T) {
	files := FromFiles(map[string]string{"a/one": "1"})
	if _, err := files.ReadFile("/a"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is read: %v", err)
	}
	if _, err := files.ReadDir("/a/one"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is listed: %v", err)
	}
	if _, err := files.ReadFile("/a/one/two"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("below a file: %v", err)
	}
	reads := files.Reads()[0]
	if !reflect.DeepEqual(reads.Present, []string{"a", "a/one"}) || !reflect.DeepEqual(reads.Absent, []string{"a/one/two"}) {
		t.Errorf("got %+v", reads)
	}
}

// withheld is a host that does not give what it lists.
type withheld struct{ asked []string }

func (w *withheld) Blobs(oids []string) error {
	w.asked = append(w.asked, oids...)
	return nil
}

func (w *withheld) Blob(oid string) ([]byte, error) {
	return nil, &protocol.Error{Code: protocol.Limit, Message: oid + " is missing"}
}

func TestMissingContentIsRememberedWhateverALibraryMakesOfIt(t *testing.T) {
	for name, look := range map[string]func(*FS){
		"a file that is read":   func(files *FS) { _, _ = files.ReadFile("/file") },
		"a link that is probed": func(files *FS) { _, _ = files.Lookup("/link") },
	} {
		files := New(&withheld{}, Mounted{At: "/", Tree: NewTree("1", [][3]string{{"file", "100644", "one"}, {"link", "120000", "two"}})})
		look(files)
		if failure := files.Failure(); failure == nil || failure.Code != protocol.Limit {
			t.Errorf("%s: %v", name, failure)
		}
	}
}

func TestPrefetchAsksOnceAndRecordsNothing(t *testing.T) {
	blobs := &withheld{}
	files := New(blobs, Mounted{At: "/", Tree: NewTree("1", [][3]string{
		{"a/one.yaml", "100644", "1"}, {"a/b/two.yml", "100644", "2"}, {"a/link.yaml", "120000", "3"}, {"a/text.md", "100644", "4"}, {"other.yaml", "100644", "5"},
	})})
	files.PrefetchBelow("/a", ".yaml", ".yml")
	files.Prefetch([]string{"/other.yaml", "/absent.yaml", "/a"})
	if !reflect.DeepEqual(blobs.asked, []string{"2", "1", "5"}) {
		t.Errorf("asked for %v", blobs.asked)
	}
	if reads := files.Reads()[0]; len(reads.Files)+len(reads.Present)+len(reads.Absent) > 0 {
		t.Errorf("recorded %+v", reads)
	}
}

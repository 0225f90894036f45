// Package vfs is the only file system that the engine's libraries see: git trees mounted at paths, content on demand,
// every look recorded, so that a result's inputs are known exactly.
package vfs

import (
	"path"
	"slices"
	"sort"
	"strings"
)

// Modes of git that a listing may hold.
const (
	modeLink      = "120000"
	modeSubmodule = "160000"
)

type file struct{ mode, oid string }

// Tree is the listing of one git tree, immutable and shared by all requests that mount it.
type Tree struct {
	ID      string
	files   map[string]file
	folders map[string][]string
	links   bool
}

// NewTree indexes a listing of [path, mode, oid]; a submodule is a folder without content.
func NewTree(id string, entries [][3]string) *Tree {
	tree := &Tree{ID: id, files: make(map[string]file, len(entries)), folders: map[string][]string{"": nil}}
	for _, entry := range entries {
		name, mode, oid := entry[0], entry[1], entry[2]
		if mode == modeSubmodule {
			tree.addFolder(name)
			continue
		}
		tree.links = tree.links || mode == modeLink
		tree.files[name] = file{mode, oid}
		tree.addName(name)
	}
	for _, names := range tree.folders {
		sort.Strings(names)
	}
	return tree
}

func (t *Tree) addFolder(name string) {
	if _, known := t.folders[name]; known {
		return
	}
	t.folders[name] = nil
	t.addName(name)
}

func (t *Tree) addName(name string) {
	parent := parentOf(name)
	t.addFolder(parent)
	t.folders[parent] = append(t.folders[parent], path.Base(name))
}

func (t *Tree) has(name string) (isFile, isFolder bool) {
	_, isFile = t.files[name]
	_, isFolder = t.folders[name]
	return isFile, isFolder
}

func (t *Tree) oidsBelow(folder string, extensions []string) []string {
	var oids []string
	for _, name := range t.folders[folder] {
		child := path.Join(folder, name)
		if found, isFile := t.files[child]; !isFile {
			oids = append(oids, t.oidsBelow(child, extensions)...)
		} else if found.mode != modeLink && slices.Contains(extensions, path.Ext(name)) {
			oids = append(oids, found.oid)
		}
	}
	return oids
}

func parentOf(name string) string {
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		return name[:at]
	}
	return ""
}

// FromFiles is a tree of literal contents, for tests and for text that is in no repository.
func FromFiles(contents map[string]string) *FS {
	blobs := literal{}
	return New(blobs, Mounted{At: "/", Tree: blobs.tree("", contents)})
}

// LiteralTree is another one beside it, to be mounted in the same file system.
func LiteralTree(beside *FS, id string, contents map[string]string) *Tree {
	return beside.blobs.(literal).tree(id, contents)
}

type literal map[string][]byte

func (l literal) Blobs([]string) error            { return nil }
func (l literal) Blob(oid string) ([]byte, error) { return l[oid], nil }

func (l literal) tree(id string, contents map[string]string) *Tree {
	entries := make([][3]string, 0, len(contents))
	for name, content := range contents {
		name = strings.TrimPrefix(name, "/")
		mode, oid := "100644", id+"blob of "+name
		if target, isLink := strings.CutPrefix(content, "link -> "); isLink {
			mode, content = modeLink, target
		}
		entries = append(entries, [3]string{name, mode, oid})
		l[oid] = []byte(content)
	}
	slices.SortFunc(entries, func(a, b [3]string) int { return strings.Compare(a[0], b[0]) })
	return NewTree("literal"+id, entries)
}

package operations

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// folderEntry is one name in a folder, with what stands behind it if it is a link.
type folderEntry struct {
	name    string
	folder  bool
	link    bool
	missing bool
}

func isFile(mounts *vfs.FS, at string) bool {
	info, found := mounts.Lookup(at)
	return found && !info.Dir
}

func listFolder(mounts *vfs.FS, at string) ([]folderEntry, error) {
	names, err := mounts.ReadDir(at)
	if err != nil {
		return nil, fileError(at, err)
	}
	entries := make([]folderEntry, len(names))
	for i, name := range names {
		info, found := mounts.Lookup(path.Join(at, name))
		entries[i] = folderEntry{name: name, folder: info.Dir, link: info.Link, missing: !found}
	}
	return entries, nil
}

// refuseSubmodule: Git keeps no folder without files, so an empty one is a submodule, which Argo CD checks out and presync does not.
func refuseSubmodule(at string, entries []folderEntry) error {
	if len(entries) > 0 || at == "/" {
		return nil
	}
	name := strings.TrimPrefix(at, "/")
	message := fmt.Sprintf("the submodule %s lies in its path, and presync does not read submodules", name)
	return &protocol.Error{Code: protocol.Unsupported, Message: message, Path: ownPath(name)}
}

// ioFS shows the mounts to packages that take an fs.FS and only look at names.
type ioFS struct{ mounts *vfs.FS }

func (f ioFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func (f ioFS) Stat(name string) (fs.FileInfo, error) {
	info, found := f.mounts.Lookup(path.Join("/", name))
	if !found {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return ioInfo{name: path.Base(name), folder: info.Dir}, nil
}

func (f ioFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := listFolder(f.mounts, path.Join("/", name))
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	listed := make([]fs.DirEntry, len(entries))
	for at, entry := range entries {
		listed[at] = fs.FileInfoToDirEntry(ioInfo{name: entry.name, folder: entry.folder, link: entry.link})
	}
	return listed, nil
}

type ioInfo struct {
	name         string
	folder, link bool
}

func (i ioInfo) Name() string       { return i.name }
func (i ioInfo) Size() int64        { return 0 }
func (i ioInfo) ModTime() time.Time { return time.Time{} }
func (i ioInfo) IsDir() bool        { return i.folder && !i.link }
func (i ioInfo) Sys() any           { return nil }
func (i ioInfo) Mode() fs.FileMode {
	switch {
	case i.link:
		return fs.ModeSymlink
	case i.folder:
		return fs.ModeDir
	}
	return 0
}

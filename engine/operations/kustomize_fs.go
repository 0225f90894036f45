package operations

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"presync.dev/engine/vfs"
)

var errReadOnly = errors.New("the file system of a build cannot be written to")

// buildFS shows the mounts to Kustomize. Relative paths start at dir, as for a program that was started there.
type buildFS struct {
	*vfs.FS
	dir string
	// onKustomization looks at each kustomization before it is built, and may stop the build.
	onKustomization func(at string, content []byte) error
	stopped         error
}

func (b *buildFS) at(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(b.dir, name)
}

func (b *buildFS) Create(string) (filesys.File, error) { return nil, errReadOnly }
func (b *buildFS) Mkdir(string) error                  { return errReadOnly }
func (b *buildFS) MkdirAll(string) error               { return errReadOnly }
func (b *buildFS) RemoveAll(string) error              { return errReadOnly }
func (b *buildFS) Open(string) (filesys.File, error)   { return nil, errReadOnly }

func (b *buildFS) IsDir(name string) bool {
	info, found := b.Lookup(b.at(name))
	return found && info.Dir
}

func (b *buildFS) Exists(name string) bool {
	_, found := b.Lookup(b.at(name))
	return found
}

func (b *buildFS) ReadDir(name string) ([]string, error) { return b.FS.ReadDir(b.at(name)) }

func (b *buildFS) ReadFile(name string) ([]byte, error) {
	at := b.at(name)
	content, err := b.FS.ReadFile(at)
	if err != nil || b.onKustomization == nil || !slices.Contains(kustomizationNames, path.Base(at)) {
		return content, err
	}
	if err := b.onKustomization(at, content); err != nil {
		b.stopped = err
		return nil, err
	}
	return content, nil
}

// WriteFile lets `kustomize edit` and Flux change a kustomization for this build alone.
func (b *buildFS) WriteFile(name string, content []byte) error {
	b.FS.WriteFile(b.at(name), content)
	return nil
}

// CleanedAbs follows links, as the file system on disk does:
// https://github.com/kubernetes-sigs/kustomize/blob/kyaml/v0.21.3/kyaml/filesys/fsondisk.go
func (b *buildFS) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	at, err := b.Real(b.at(name))
	if err != nil {
		return "", "", err
	}
	info, found := b.Lookup(at)
	switch {
	case !found:
		return "", "", &fs.PathError{Op: "open", Path: strings.TrimPrefix(at, "/"), Err: fs.ErrNotExist}
	case info.Dir:
		return filesys.ConfirmedDir(at), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(at)), path.Base(at), nil
}

func (b *buildFS) Glob(pattern string) ([]string, error) {
	folder, last := path.Split(b.at(pattern))
	if strings.ContainsAny(folder, "*?[") {
		return b.globFolders(b.at(pattern))
	}
	names, err := b.FS.ReadDir(folder)
	if err != nil {
		return nil, nil
	}
	var matched []string
	for _, name := range names {
		if ok, err := path.Match(last, name); err != nil {
			return nil, err
		} else if ok {
			matched = append(matched, path.Join(folder, name))
		}
	}
	return matched, nil
}

// globFolders is filepath.Glob for patterns with wildcards in folders.
func (b *buildFS) globFolders(pattern string) ([]string, error) {
	folder, last := path.Split(pattern)
	folders, err := b.Glob(strings.TrimSuffix(folder, "/"))
	if err != nil {
		return nil, err
	}
	var matched []string
	for _, one := range folders {
		found, err := b.Glob(path.Join(one, last))
		if err != nil {
			return nil, err
		}
		matched = append(matched, found...)
	}
	return matched, nil
}

func (b *buildFS) Walk(name string, walk filepath.WalkFunc) error {
	at := b.at(name)
	info, found := b.Lookup(at)
	if !found {
		return walk(at, nil, &fs.PathError{Op: "lstat", Path: strings.TrimPrefix(at, "/"), Err: fs.ErrNotExist})
	}
	err := b.walk(at, walkInfo{path.Base(at), info.Dir}, walk)
	if errors.Is(err, filepath.SkipDir) || errors.Is(err, filepath.SkipAll) {
		return nil
	}
	return err
}

func (b *buildFS) walk(at string, info walkInfo, walk filepath.WalkFunc) error {
	if err := walk(at, info, nil); err != nil || !info.IsDir() {
		if errors.Is(err, filepath.SkipDir) && info.IsDir() {
			return nil
		}
		return err
	}
	names, err := b.FS.ReadDir(at)
	if err != nil {
		return walk(at, info, err)
	}
	for _, name := range names {
		child := path.Join(at, name)
		found, _ := b.Lookup(child)
		// filepath.Walk does not follow links.
		err := b.walk(child, walkInfo{name, found.Dir && !found.Link}, walk)
		if errors.Is(err, filepath.SkipDir) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type walkInfo struct {
	name   string
	folder bool
}

func (i walkInfo) Name() string       { return i.name }
func (i walkInfo) Size() int64        { return 0 }
func (i walkInfo) ModTime() time.Time { return time.Time{} }
func (i walkInfo) IsDir() bool        { return i.folder }
func (i walkInfo) Sys() any           { return nil }
func (i walkInfo) Mode() os.FileMode {
	if i.folder {
		return os.ModeDir | 0o755
	}
	return 0o644
}

var _ filesys.FileSystem = (*buildFS)(nil)

func (b *buildFS) explain(err error) error {
	if b.stopped != nil {
		return b.stopped
	}
	return fmt.Errorf("%w", err)
}

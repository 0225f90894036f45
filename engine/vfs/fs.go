package vfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"syscall"

	"presync.dev/engine/protocol"
)

// maxLinks is how many symbolic links one path may lead over, as on Linux: https://man7.org/linux/man-pages/man7/path_resolution.7.html
const maxLinks = 40

// Blobs gives content by git object name. Both may ask the host, and fail with a *protocol.Error.
type Blobs interface {
	// Blobs brings all of them close, in one question.
	Blobs(oids []string) error
	Blob(oid string) ([]byte, error)
}

// Mounted is a tree at an absolute path.
type Mounted struct {
	At   string
	Tree *Tree
}

type mount struct {
	Mounted
	reads record
}

// FS shows mounted trees and an overlay of written files. It is for one request and one goroutine.
type FS struct {
	blobs   Blobs
	mounts  []*mount
	overlay map[string][]byte
	failure *protocol.Error
}

// Info is what a path leads to. Link says that the path itself is a symbolic link; Dir what it leads to.
type Info struct{ Dir, Link bool }

// New mounts trees; of several that hold a path the deepest mount has it.
func New(blobs Blobs, mounted ...Mounted) *FS {
	f := &FS{blobs: blobs, overlay: map[string][]byte{}}
	for _, one := range mounted {
		f.Mount(one)
	}
	return f
}

// Mount adds a tree, as when the host has fetched something.
func (f *FS) Mount(one Mounted) {
	one.At = path.Clean("/" + one.At)
	f.mounts = append(f.mounts, &mount{one, newRecord()})
	slices.SortFunc(f.mounts, func(a, b *mount) int { return len(b.At) - len(a.At) })
}

// place is a path inside a mount after all links on the way were followed; name is relative, "" is the mount itself.
type place struct {
	mount *mount
	name  string
	link  bool
}

func (f *FS) mountOf(at string) (*mount, string) {
	for _, m := range f.mounts {
		if m.At == "/" {
			return m, strings.TrimPrefix(at, "/")
		}
		if at == m.At {
			return m, ""
		}
		if rest, below := strings.CutPrefix(at, m.At+"/"); below {
			return m, rest
		}
	}
	return nil, ""
}

// locate follows links. A link out of its mount is denied: the repository is the outer wall of what a render may read.
func (f *FS) locate(at string) (place, error) {
	clean := path.Clean("/" + at)
	m, name := f.mountOf(clean)
	if m == nil {
		return place{}, &fs.PathError{Op: "open", Path: at, Err: fs.ErrNotExist}
	}
	if !m.Tree.links {
		return place{mount: m, name: name}, nil
	}
	p, err := f.follow(place{mount: m, name: name}, at)
	return p, f.remember(err)
}

// remember keeps the first trouble that is more than an absent file. Libraries wrap errors so that their kind is lost, or take any
// error for "not there".
func (f *FS) remember(err error) error {
	var known *protocol.Error
	if f.failure == nil && errors.As(err, &known) {
		f.failure = known
	}
	return err
}

// Failure is the first refused link or missing content of this request, nil for none.
func (f *FS) Failure() *protocol.Error { return f.failure }

func (f *FS) follow(p place, asked string) (place, error) {
	for hops := 0; hops < maxLinks; hops++ {
		prefix, rest, found := p.mount.firstLink(p.name)
		if !found {
			return p, nil
		}
		p.link = p.link || (hops == 0 && rest == "")
		target, err := f.blobs.Blob(p.mount.Tree.files[prefix].oid)
		if err != nil {
			return place{}, err
		}
		p.mount.reads.link(prefix, p.mount.Tree.files[prefix].oid)
		next := path.Join(parentOf(prefix), string(target), rest)
		if path.IsAbs(string(target)) || next == ".." || strings.HasPrefix(next, "../") {
			message := fmt.Sprintf("%s is a symbolic link that leaves the repository (to %q)", prefix, target)
			return place{}, &protocol.Error{Code: protocol.Denied, Message: message, Path: prefix}
		}
		p.name = strings.TrimPrefix(path.Clean(next), ".")
	}
	message := fmt.Sprintf("%s leads over more than %d symbolic links", strings.TrimPrefix(asked, "/"), maxLinks)
	return place{}, &protocol.Error{Code: protocol.Denied, Message: message, Path: strings.TrimPrefix(asked, "/")}
}

// firstLink is the shortest part of the name that is a link, and what follows it.
func (m *mount) firstLink(name string) (prefix, rest string, found bool) {
	for at := 0; at <= len(name); at++ {
		if at < len(name) && name[at] != '/' {
			continue
		}
		if m.Tree.files[name[:at]].mode == modeLink {
			return name[:at], strings.TrimPrefix(name[at:], "/"), true
		}
	}
	return "", "", false
}

// Real is the path after links were followed.
func (f *FS) Real(at string) (string, error) {
	p, err := f.locate(at)
	if err != nil {
		return "", err
	}
	return path.Join(p.mount.At, p.name), nil
}

// Lookup says what a path leads to; both answers, there and not there, are recorded. A link that cannot be followed leads nowhere.
func (f *FS) Lookup(at string) (Info, bool) {
	info, found, _ := f.Stat(at)
	return info, found
}

// Stat is Lookup for callers to whom "not there" and "could not be looked at" are two answers.
func (f *FS) Stat(at string) (Info, bool, error) {
	clean := path.Clean("/" + at)
	if _, written := f.overlay[clean]; written {
		return Info{}, true, nil
	}
	p, err := f.locate(clean)
	if err != nil {
		return Info{}, f.inOverlay(clean), typed(err)
	}
	real := path.Join(p.mount.At, p.name)
	if _, written := f.overlay[real]; written {
		return Info{Link: p.link}, true, nil
	}
	isFile, isFolder := p.mount.Tree.has(p.name)
	p.mount.reads.probe(p.name, isFile || isFolder)
	if !isFile && !isFolder {
		return Info{Dir: true}, f.inOverlay(real), nil
	}
	return Info{Dir: isFolder, Link: p.link}, true, nil
}

// typed leaves out the error of a path that is in no mount: it is absent, like any other.
func typed(err error) error {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known
	}
	return nil
}

func (f *FS) inOverlay(folder string) bool {
	for name := range f.overlay {
		if strings.HasPrefix(name, folder+"/") {
			return true
		}
	}
	return false
}

// ReadFile gives a file's bytes, which the caller must not change.
func (f *FS) ReadFile(at string) ([]byte, error) {
	clean := path.Clean("/" + at)
	if content, written := f.overlay[clean]; written {
		return content, nil
	}
	p, err := f.locate(clean)
	if err != nil {
		return nil, err
	}
	if content, written := f.overlay[path.Join(p.mount.At, p.name)]; written {
		return content, nil
	}
	found, isFile := p.mount.Tree.files[p.name]
	if !isFile {
		_, isFolder := p.mount.Tree.folders[p.name]
		p.mount.reads.probe(p.name, isFolder)
		return nil, &fs.PathError{Op: "open", Path: strings.TrimPrefix(clean, "/"), Err: reasonOf(isFolder, syscall.EISDIR)}
	}
	p.mount.reads.file(p.name, found.oid)
	content, err := f.blobs.Blob(found.oid)
	return content, f.remember(err)
}

func reasonOf(isOther bool, other error) error {
	if isOther {
		return other
	}
	return fs.ErrNotExist
}

// ReadDir gives the names in a folder, sorted.
func (f *FS) ReadDir(at string) ([]string, error) {
	clean := path.Clean("/" + at)
	p, err := f.locate(clean)
	if err != nil {
		return nil, err
	}
	names, isFolder := p.mount.Tree.folders[p.name]
	if !isFolder && !f.inOverlay(clean) {
		isFile, _ := p.mount.Tree.has(p.name)
		p.mount.reads.probe(p.name, isFile)
		return nil, &fs.PathError{Op: "open", Path: strings.TrimPrefix(clean, "/"), Err: reasonOf(isFile, syscall.ENOTDIR)}
	}
	p.mount.reads.list(p.name)
	return f.withWritten(clean, names), nil
}

func (f *FS) withWritten(folder string, names []string) []string {
	if len(f.overlay) == 0 {
		return names
	}
	all := slices.Clone(names)
	for name := range f.overlay {
		if rest, below := strings.CutPrefix(name, strings.TrimSuffix(folder, "/")+"/"); below {
			first, _, _ := strings.Cut(rest, "/")
			all = append(all, first)
		}
	}
	sort.Strings(all)
	return slices.Compact(all)
}

// WriteFile puts a file over the trees, for this request alone; like a disk, it writes to where a link leads.
func (f *FS) WriteFile(at string, content []byte) {
	real, err := f.Real(at)
	if err != nil {
		real = path.Clean("/" + at)
	}
	f.overlay[real] = content
}

// RemoveFile takes a written file away again.
func (f *FS) RemoveFile(at string) { delete(f.overlay, path.Clean("/"+at)) }

// IsMounted says whether a tree stands at exactly this path.
func (f *FS) IsMounted(at string) bool {
	return slices.ContainsFunc(f.mounts, func(m *mount) bool { return m.At == at })
}

// Reads is what was looked at since the file system was made.
func (f *FS) Reads() []protocol.Reads {
	all := make([]protocol.Reads, 0, len(f.mounts))
	for _, m := range f.mounts {
		all = append(all, m.reads.closure(m.At))
	}
	slices.SortFunc(all, func(a, b protocol.Reads) int { return strings.Compare(a.At, b.At) })
	return all
}

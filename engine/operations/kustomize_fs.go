package operations

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

var errReadOnly = errors.New("the file system of a build cannot be written to")

// buildFS shows the mounts to Kustomize. Relative paths start at dir, as for a program that was started there.
type buildFS struct {
	*vfs.FS
	dir      string
	rewriter *rewriter
	plugins  *pluginFilter
	budget   *readBudget
	// While a build runs, kustomizations are rewritten as they are read; `kustomize edit` sees them as they are.
	building bool
	stopped  error
	// Files with values that SOPS has encrypted.
	encrypted map[string]bool
	// Of Flux: what is not in the artifact. Nil hides nothing.
	source *sourceFilter
	own    map[string]bool
}

func newBuildFS(request *Request, at string) *buildFS {
	return &buildFS{
		FS:        request.FS,
		dir:       path.Clean("/" + at),
		rewriter:  newRewriter(request),
		budget:    newReadBudget(request.Limits),
		encrypted: map[string]bool{},
		own:       map[string]bool{},
	}
}

// look is Lookup without what the source leaves out.
func (b *buildFS) look(at string) (vfs.Info, bool) {
	info, found := b.Lookup(at)
	if found && b.isHidden(at, info) {
		return vfs.Info{}, false
	}
	return info, found
}

func (b *buildFS) isHidden(at string, info vfs.Info) bool {
	return b.source != nil && !b.own[at] && (info.Link || (!info.Dir && b.source.hides(at)))
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
	info, found := b.look(b.at(name))
	return found && info.Dir
}

func (b *buildFS) Exists(name string) bool {
	_, found := b.look(b.at(name))
	return found
}

func (b *buildFS) ReadDir(name string) ([]string, error) { return b.FS.ReadDir(b.at(name)) }

func (b *buildFS) ReadFile(name string) ([]byte, error) {
	at := b.at(name)
	if b.isHidden(at, vfs.Info{}) {
		return nil, absent(at)
	}
	content, err := b.FS.ReadFile(at)
	if err != nil || !b.building {
		return content, err
	}
	if content, err = b.inspect(at, content); err != nil {
		b.stopped = err
		return nil, err
	}
	return content, nil
}

func (b *buildFS) inspect(at string, content []byte) ([]byte, error) {
	if err := b.budget.add(at, content); err != nil {
		return nil, err
	}
	if err := refuseAliasBomb(strings.TrimPrefix(at, "/"), content); err != nil {
		return nil, err
	}
	if bytes.Contains(content, []byte("ENC[AES256_GCM,")) {
		b.encrypted[strings.TrimPrefix(at, "/")] = true
	}
	if slices.Contains(kustomizationNames, path.Base(at)) {
		return b.rewriter.kustomization(at, b.plugins.kustomization(at, content))
	}
	if bytes.Contains(content, []byte(chartKind)) && chartGenerator.Match(content) {
		return nil, unsupported(at, generatorReason)
	}
	return content, nil
}

const chartKind = "HelmChartInflationGenerator"

const generatorReason = "inflates a Helm chart (HelmChartInflationGenerator), for which Kustomize starts the helm program; presync renders charts that stand under helmCharts"

var chartGenerator = regexp.MustCompile(`(?m)^kind:[ \t]*["']?` + chartKind + `\b`)

// WriteFile lets `kustomize edit` and Flux change a kustomization for this build alone.
func (b *buildFS) WriteFile(name string, content []byte) error {
	b.own[b.at(name)] = true
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
	if b.source != nil && at != b.at(name) {
		return "", "", absent(b.at(name))
	}
	info, found := b.look(at)
	switch {
	case !found:
		return "", "", absent(at)
	case info.Dir:
		return filesys.ConfirmedDir(at), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(at)), path.Base(at), nil
}

func absent(at string) error {
	return &fs.PathError{Op: "open", Path: strings.TrimPrefix(at, "/"), Err: fs.ErrNotExist}
}

// Glob gives paths that are as relative as the pattern, and no hidden ones, as the file system on disk does.
func (b *buildFS) Glob(pattern string) ([]string, error) {
	matched, err := fs.Glob(globFS{b}, pattern)
	if err != nil || filesys.IsHiddenFilePath(pattern) {
		return matched, err
	}
	return filesys.RemoveHiddenFiles(matched), nil
}

// globFS is what fs.Glob asks for; it only looks at names.
type globFS struct{ files *buildFS }

func (g globFS) Open(name string) (fs.File, error) { return nil, absent(g.files.at(name)) }

func (g globFS) Stat(name string) (fs.FileInfo, error) {
	info, found := g.files.look(g.files.at(name))
	if !found {
		return nil, absent(g.files.at(name))
	}
	return walkInfo{path.Base(name), info.Dir}, nil
}

func (g globFS) ReadDir(name string) ([]fs.DirEntry, error) {
	names, err := g.files.ReadDir(name)
	listed := make([]fs.DirEntry, len(names))
	for at, child := range names {
		listed[at] = fs.FileInfoToDirEntry(walkInfo{name: child})
	}
	return listed, err
}

func (b *buildFS) Walk(name string, walk filepath.WalkFunc) error {
	at := b.at(name)
	info, found := b.look(at)
	if !found {
		return walk(at, nil, absent(at))
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
		found, isThere := b.look(child)
		if b.source != nil && !isThere {
			continue
		}
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

// explain gives the cause of a failed build. Kustomize wraps errors so that their kind is lost.
func (b *buildFS) explain(err error) error {
	if b.stopped != nil {
		return b.stopped
	}
	if refused := b.Failure(); refused != nil {
		return refused
	}
	message := b.rewriter.readable(err.Error())
	if types.IsErrOnlyBuiltinPluginsAllowed(err) {
		return &protocol.Error{Code: protocol.Unsupported, Message: "plugins that start programs or containers are never run: " + message}
	}
	return &protocol.Error{Code: protocol.Build, Message: message}
}

// warnings are what a person should know who compares this with the controller's result.
func (b *buildFS) warnings() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(b.encrypted)) {
		all = append(all, name+" is encrypted with SOPS; its values are taken as they are written")
	}
	return append(all, b.plugins.warnings()...)
}

func (b *buildFS) hasKustomization(folder string) bool {
	return slices.ContainsFunc(kustomizationNames, func(name string) bool { return b.Exists(path.Join(folder, name)) && !b.IsDir(path.Join(folder, name)) })
}

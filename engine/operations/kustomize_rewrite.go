package operations

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// rewriter looks at each kustomization before Kustomize reads it: what cannot be built is refused by name, local files are
// fetched in one question, and entries that lead elsewhere are asked for, mounted, and replaced by relative paths, because the
// cloner and the HTTP client of Kustomize cannot be replaced.
type rewriter struct {
	request *Request
	files   *vfs.FS
	// Entry as it was written, by the path that stands for it now.
	written map[string]string
	// An `openapi` field was seen, and whether one ends the build; see schemaState.
	customSchema, stopAtSchema bool
	// Where objects come from, by the folder of the kustomization.
	layers map[string]layer
	// Renders the charts that a kustomization names; nil where that is not enabled.
	charts *chartInflater
}

func newRewriter(request *Request) *rewriter {
	return &rewriter{request: request, files: request.FS, written: map[string]string{}, layers: map[string]layer{}}
}

func (r *rewriter) kustomization(at string, content []byte) ([]byte, error) {
	if path.Base(path.Dir(at)) == chartsFolder && r.written[chartsFolder] != "" {
		return content, nil // our own
	}
	var fields map[string]any
	if yaml.Unmarshal(content, &fields) != nil {
		return content, nil // the build says better what is wrong with it
	}
	if err := r.refuseCharts(at, fields); err != nil {
		return nil, err
	}
	if len(valuesOf(fields, "openapi")) > 0 {
		r.customSchema = true
		if r.stopAtSchema {
			return nil, errSchemaSeen
		}
	}
	entries := entriesOf(fields)
	if r.charts != nil {
		entries = append(entries, chartEntries(fields)...)
	}
	if err := r.assertInRepository(at, entries); err != nil {
		return nil, err
	}
	r.layers[path.Dir(at)] = newLayer(at, fields)
	changed, err := r.bring(at, entries)
	if err != nil {
		return nil, err
	}
	inflated, err := r.charts.inflateAll(r, at, fields)
	if err != nil {
		return nil, err
	}
	if !changed && !inflated {
		r.prefetch(path.Dir(at), entries)
		return content, nil
	}
	return yaml.Marshal(fields)
}

// shows says whether a path that stands for something else got into an object.
func (r *rewriter) shows(manifest []byte) bool {
	for stand := range r.written {
		if bytes.Contains(manifest, []byte(strings.TrimPrefix(stand, "/"))) {
			return true
		}
	}
	return false
}

// refuseCharts: without --enable-helm Kustomize refuses them too. A generator that is a chart is not rendered by us.
func (r *rewriter) refuseCharts(at string, fields map[string]any) error {
	for _, field := range chartFields {
		if r.charts == nil && len(valuesOf(fields, field)) > 0 {
			return unsupported(at, fmt.Sprintf("inflates a Helm chart (%s), which Kustomize does only with --enable-helm, and that is not among the build options", field))
		}
	}
	for _, item := range itemsOf(fields, "generators") {
		if text, isText := item.(string); isText && chartGenerator.MatchString(text) {
			return unsupported(at, generatorReason)
		}
	}
	return nil
}

func unsupported(at, reason string) error {
	name := strings.TrimPrefix(at, "/")
	return &protocol.Error{Code: protocol.Unsupported, Message: name + " " + reason, Path: name}
}

// bring has every remote entry mounted and replaces it; false when there is none.
func (r *rewriter) bring(at string, entries []entry) (bool, error) {
	var wanted []protocol.Remote
	var found []func() error
	for _, one := range entries {
		remote, isRemote := r.remoteOf(path.Dir(at), one)
		if !isRemote {
			continue
		}
		found = append(found, func() error { return r.put(path.Dir(at), one, remote) })
		wanted = append(wanted, remote)
	}
	if err := r.request.bring(at, wanted); err != nil {
		return false, err
	}
	for _, put := range found {
		if err := put(); err != nil {
			return false, err
		}
	}
	return len(found) > 0, nil
}

// remoteOf passes over local files: except for http(s) URLs, Kustomize looks for the file first.
func (r *rewriter) remoteOf(folder string, one entry) (protocol.Remote, bool) {
	remote, isRemote := parseRemote(one.text, one.use)
	if !isRemote || one.use&toFile == 0 || isHTTPURL(one.text) {
		return remote, isRemote
	}
	info, found := r.files.Lookup(path.Join(folder, one.text))
	return remote, !found || info.Dir
}

// put replaces an entry by a relative path: of a folder in its mount, or of a copy of the file beside the kustomization, because
// files from outside are refused by the default load restriction.
func (r *rewriter) put(folder string, one entry, remote protocol.Remote) error {
	target := path.Join(remote.At, remote.Path)
	if remote.Kind == "git" {
		relative := climb(folder) + strings.TrimPrefix(target, "/")
		r.written[target] = one.text
		one.replace(relative)
		return nil
	}
	content, err := r.files.ReadFile(target)
	if err != nil {
		return &protocol.Error{Code: protocol.RemoteCode, Message: fmt.Sprintf("%s was brought without its content", remote.URL)}
	}
	name := ".presync-" + path.Base(remote.At) + "-" + remote.Path
	r.files.WriteFile(path.Join(folder, name), content)
	r.written[name] = one.text
	one.replace(name)
	return nil
}

// climb leads from a folder to "/".
func climb(folder string) string {
	if folder == "/" {
		return ""
	}
	return strings.Repeat("../", strings.Count(folder, "/"))
}

// assertInRepository keeps a kustomization in its own repository, as a real clone is by the folder that it lies in. For ours, "/.."
// would be "/", and a path with one "../" too many would find what the controllers do not.
func (r *rewriter) assertInRepository(at string, entries []entry) error {
	below, isRemote := strings.CutPrefix(at, remoteRoot+"/")
	if !isRemote {
		for _, one := range entries {
			climbed := path.Join(path.Dir(at)[1:], one.text)
			isBeside := elsewhereOf("/"+climbed) != "" && r.written["/"+climbed] == ""
			if !path.IsAbs(one.text) && (climbed == ".." || strings.HasPrefix(climbed, "../") || isBeside) {
				return &protocol.Error{Code: protocol.Denied, Message: fmt.Sprintf("%s: %s leaves the repository", at[1:], one.text), Path: at[1:]}
			}
		}
		return nil
	}
	id, _, _ := strings.Cut(below, "/")
	root := path.Join(remoteRoot, id)
	for _, one := range entries {
		if joined := path.Join(path.Dir(at), one.text); joined != root && !strings.HasPrefix(joined, root+"/") {
			return &protocol.Error{Code: protocol.Denied, Message: r.readable(fmt.Sprintf("%s: %s leaves its repository", at, one.text))}
		}
	}
	return nil
}

// prefetch asks for all that a kustomization names, and the kustomizations of its folders, at once.
func (r *rewriter) prefetch(folder string, entries []entry) {
	var paths []string
	for _, one := range entries {
		named := path.Join(folder, one.text)
		paths = append(paths, named)
		if one.use&toFolder != 0 {
			for _, name := range kustomizationNames {
				paths = append(paths, path.Join(named, name))
			}
		}
	}
	r.files.Prefetch(paths)
}

// readable puts what a person wrote in place of the paths that stand for it.
func (r *rewriter) readable(message string) string {
	for _, stand := range slices.Backward(slices.Sorted(maps.Keys(r.written))) {
		message = strings.ReplaceAll(message, stand, r.written[stand])
		message = strings.ReplaceAll(message, strings.TrimPrefix(stand, "/"), r.written[stand])
	}
	return message
}

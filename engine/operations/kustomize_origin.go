package operations

import (
	"path"
	"regexp"
	"strings"
)

// maxOriginDepth and maxOriginDocuments bound the search; a build that passes them has objects without an origin.
const (
	maxOriginDepth     = 64
	maxOriginDocuments = 100_000
)

// layer is what one kustomization says about where objects come from and what becomes of their names.
type layer struct {
	prefix, suffix, namespace string
	resources, components     []string
	generated                 []namedDocument
}

// namedDocument is a document and the name that its object has after the layers above it.
type namedDocument struct {
	kind, name, namespace string
	origin                Origin
}

// originIndex tells which document an object comes from. Kustomize's own origin annotations would change what patches see, so its
// kustomizations are followed a second time, for names alone: files under `resources`, generators, prefixes and suffixes. A name that
// came about in another way has no origin, and where two documents would do there is none: never a guess.
type originIndex struct{ byName map[[2]string][]namedDocument }

type originWalk struct {
	files  *buildFS
	known  map[string][]namedDocument
	copies int
}

func newOriginIndex(files *buildFS) *originIndex {
	index := &originIndex{byName: map[[2]string][]namedDocument{}}
	root, err := files.Real(files.dir)
	if err != nil {
		return index
	}
	walk := &originWalk{files: files, known: map[string][]namedDocument{}}
	for _, one := range walk.folder(root, 0) {
		key := [2]string{one.kind, one.name}
		index.byName[key] = append(index.byName[key], one)
	}
	return index
}

// folder gives what a kustomization with all below it makes.
func (w *originWalk) folder(at string, depth int) []namedDocument {
	if known, done := w.known[at]; done {
		return known
	}
	layer, isKustomization := w.files.rewriter.layers[at]
	if !isKustomization || depth > maxOriginDepth || w.copies > maxOriginDocuments {
		return nil
	}
	w.known[at] = nil // Kustomize refuses cycles before anybody asks for origins
	w.known[at] = w.apply(layer, nil, depth)
	return w.known[at]
}

// apply follows the order of Kustomize: resources, generators, components, then what the kustomization itself does to names. A
// component does that to all that its parent has gathered.
func (w *originWalk) apply(layer layer, found []namedDocument, depth int) []namedDocument {
	for _, resource := range layer.resources {
		found = append(found, w.resource(resource, depth)...)
	}
	found = append(found, layer.generated...)
	for _, component := range layer.components {
		if real, err := w.files.Real(component); err == nil && depth < maxOriginDepth {
			found = w.apply(w.files.rewriter.layers[real], found, depth+1)
		}
	}
	w.copies += len(found)
	named := make([]namedDocument, len(found))
	for at, one := range found {
		named[at] = layer.rename(one)
	}
	return named
}

func (w *originWalk) resource(at string, depth int) []namedDocument {
	real, err := w.files.Real(at)
	if err != nil || strings.HasPrefix(real, remoteRoot+"/") {
		return nil // what was brought from elsewhere has no line in this repository
	}
	if _, isFolder := w.files.rewriter.layers[real]; isFolder {
		return w.folder(real, depth+1)
	}
	if known, done := w.known[real]; done {
		return known
	}
	content, err := w.files.FS.ReadFile(real)
	if err == nil {
		w.known[real] = documentsIn(strings.TrimPrefix(real, "/"), content)
	}
	return w.known[real]
}

// unprefixed kinds keep their name:
// https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/api/internal/builtins/PrefixTransformer.go
var unprefixed = map[string]bool{"CustomResourceDefinition": true, "APIService": true, "Namespace": true}

func (l layer) rename(one namedDocument) namedDocument {
	if !unprefixed[one.kind] {
		one.name = l.prefix + one.name + l.suffix
	}
	if l.namespace != "" {
		one.namespace = l.namespace
	}
	return one
}

// hashed is the suffix that generators put at the very end of a name.
var hashed = regexp.MustCompile(`-[a-z0-9]{10}$`)

func (x *originIndex) of(kind, name, namespace string) Origin {
	candidates := x.byName[[2]string{kind, name}]
	if len(candidates) == 0 && (kind == "ConfigMap" || kind == "Secret") {
		candidates = x.byName[[2]string{kind, hashed.ReplaceAllString(name, "")}]
	}
	if origin, only := single(candidates); only {
		return origin
	}
	var same []namedDocument
	for _, one := range candidates {
		if one.namespace == namespace {
			same = append(same, one)
		}
	}
	origin, _ := single(same)
	return origin
}

// single is the place that all candidates share.
func single(candidates []namedDocument) (Origin, bool) {
	for _, one := range candidates {
		if one.origin != candidates[0].origin {
			return Origin{}, false
		}
	}
	if len(candidates) == 0 {
		return Origin{}, false
	}
	return candidates[0].origin, true
}

// newLayer reads what origins are found by from a kustomization.
func newLayer(at string, fields map[string]any) layer {
	made := layer{prefix: textIn(fields, "namePrefix"), suffix: textIn(fields, "nameSuffix"), namespace: textIn(fields, "namespace")}
	for _, field := range []string{"resources", "bases"} {
		for _, one := range listEntries(fields, field, toEither) {
			made.resources = append(made.resources, path.Join(path.Dir(at), one.text))
		}
	}
	for _, one := range listEntries(fields, "components", toFolder) {
		made.components = append(made.components, path.Join(path.Dir(at), one.text))
	}
	if strings.HasPrefix(at, remoteRoot+"/") {
		return made
	}
	for field, kind := range map[string]string{"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"} {
		for _, item := range itemsOf(fields, field) {
			generator, _ := item.(map[string]any)
			// A generator that merges or replaces changes an object that is written elsewhere.
			if behavior := textIn(generator, "behavior"); behavior == "" || behavior == "create" {
				origin := Origin{Path: strings.TrimPrefix(at, "/")}
				made.generated = append(made.generated, namedDocument{kind, textIn(generator, "name"), textIn(generator, "namespace"), origin})
			}
		}
	}
	return made
}

func textIn(fields map[string]any, name string) string {
	for _, value := range valuesOf(fields, name) {
		if text, isText := value.(string); isText {
			return text
		}
	}
	return ""
}

package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/argoproj/argo-cd/v3/util/glob"
	imagev1 "github.com/opencontainers/image-spec/specs-go/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// maxManifestBytes is the default of the repo server (--max-combined-directory-manifests-size 10M).
const maxManifestBytes = 10_000_000

const skipFileMark = "+argocd:skip-file-rendering"

var manifestFile = regexp.MustCompile(`^.*\.(yaml|yml|json|jsonnet)$`)

type directoryInput struct {
	Path                   string       `json:"path"`
	Recurse                bool         `json:"recurse"`
	Include                string       `json:"include"`
	Exclude                string       `json:"exclude"`
	DisableExtensionFilter bool         `json:"disableExtensionFilter"`
	Jsonnet                jsonnetInput `json:"jsonnet"`
	Files                  []string     `json:"files"`
}

// directoryLoad reads a folder of manifests as Argo CD's repo server does:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go (findManifests).
// With files it reads exactly those, which is what a plain root asks for.
func directoryLoad(request *Request) (*Result, error) {
	var input directoryInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	return loadDirectory(request, input)
}

func loadDirectory(request *Request, input directoryInput) (*Result, error) {
	load := &directoryLoading{fs: request.FS, input: input, budget: newBudget(request.Limits)}
	root, err := inputFolder(load.input.Path)
	if err != nil {
		return nil, err
	}
	load.input.Path = root
	candidates, err := load.candidates()
	if err != nil {
		return nil, err
	}
	for _, candidate := range candidates {
		if err := load.file(candidate); err != nil {
			return nil, err
		}
	}
	return &load.result, nil
}

type directoryLoading struct {
	fs     *vfs.FS
	input  directoryInput
	budget *budget
	result Result
	size   int
}

// candidate is a file that may hold manifests, with its text.
type candidate struct {
	path string
	text []byte
}

// candidates checks all files before any is decoded, as the repo server does, so that the size limit comes first.
func (l *directoryLoading) candidates() ([]candidate, error) {
	paths := make([]string, 0, len(l.input.Files))
	for _, file := range l.input.Files {
		at, err := resolveInside(l.input.Path, file)
		if err != nil {
			return nil, err
		}
		paths = append(paths, at)
	}
	if l.input.Files == nil {
		if err := l.scan(l.input.Path, &paths); err != nil {
			return nil, err
		}
	}
	l.fs.Prefetch(paths)
	var found []candidate
	for _, at := range paths {
		accepted, err := l.accept(at)
		if err != nil {
			return nil, err
		}
		if accepted != nil {
			found = append(found, *accepted)
		}
	}
	return found, nil
}

func (l *directoryLoading) scan(folder string, paths *[]string) error {
	entries, err := listFolder(l.fs, folder)
	if err != nil {
		return err
	}
	if err := refuseSubmodule(folder, entries); err != nil {
		return err
	}
	for _, entry := range entries {
		at := path.Join(folder, entry.name)
		if entry.folder && !entry.link && !entry.missing {
			if l.input.Recurse {
				if err := l.scan(at, paths); err != nil {
					return err
				}
			}
			continue
		}
		chosen, err := l.selected(entry, at)
		if err != nil {
			return err
		}
		if !chosen {
			continue
		}
		*paths = append(*paths, at)
		if len(*paths) > l.budget.limits.Files {
			return limitError(fmt.Sprintf("the directory has more than %d files", l.budget.limits.Files))
		}
	}
	return nil
}

// selected is getPotentiallyValidManifestFile up to the content. The globs have no separators: `*` crosses `/`.
func (l *directoryLoading) selected(entry folderEntry, at string) (bool, error) {
	if !l.input.DisableExtensionFilter && !manifestFile.MatchString(entry.name) {
		return false, nil
	}
	if entry.missing {
		if _, err := l.fs.Real(at); err != nil {
			return false, fileError(at, err)
		}
		l.warn(at, "the destination of the link is missing")
		return false, nil
	}
	if entry.folder {
		l.warn(at, "a link to a folder is not followed")
		return false, nil
	}
	relative := strings.TrimPrefix(strings.TrimPrefix(at, l.input.Path), "/")
	if l.input.Exclude != "" && glob.Match(l.input.Exclude, relative) {
		return false, nil
	}
	return l.input.Include == "" || glob.Match(l.input.Include, relative), nil
}

func (l *directoryLoading) warn(at, message string) {
	l.result.Warnings = append(l.result.Warnings, repositoryPath(at)+": "+message)
}

func (l *directoryLoading) accept(at string) (*candidate, error) {
	data, err := readFile(l.fs, at)
	if err != nil {
		return nil, err
	}
	text, err := decodeText(data)
	if err != nil {
		return nil, buildError(at, 0, err)
	}
	if bytes.Contains(text, []byte(skipFileMark)) {
		return nil, nil
	}
	if !isJsonnet(at) {
		if l.size += len(data); l.size > maxManifestBytes {
			return nil, limitError("exceeded max combined manifest file size")
		}
	}
	return &candidate{path: at, text: text}, nil
}

func isJsonnet(at string) bool { return strings.HasSuffix(at, ".jsonnet") }

func (l *directoryLoading) file(found candidate) error {
	switch {
	case isJsonnet(found.path):
		return l.jsonnet(found)
	case strings.HasSuffix(found.path, ".json"):
		return l.json(found)
	}
	return l.yaml(found)
}

// json: one object per file; an OCI manifest that lies about is skipped without being an object.
func (l *directoryLoading) json(found candidate) error {
	decoder := json.NewDecoder(bytes.NewReader(found.text))
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return failedUnmarshal(found.path, 1, err)
	}
	if decoder.More() {
		err := fmt.Errorf("Found multiple objects in %q. Only single objects are allowed in JSON files.", path.Base(found.path)) //nolint:staticcheck // Argo CD's words
		return buildError(found.path, 1, err)
	}
	if err := checkKind(raw); err != nil {
		if isOCIManifest(raw) {
			l.warn(found.path, "skipped, as it has no kind")
			return nil
		}
		return failedUnmarshal(found.path, 1, err)
	}
	return l.add(raw, Origin{Path: repositoryPath(found.path), Line: 1 + leadingLines(found.text)})
}

// yaml ignores a broken file that does not look like a manifest; one good document before the broken one makes it look so.
func (l *directoryLoading) yaml(found candidate) error {
	var documents []document
	var failure *documentError
	err := readDocuments(found.text, l.budget.outputBytes(), func(next document, failed *documentError) error {
		if failed == nil && next.json != nil {
			if err := checkKind(next.json); err != nil {
				failed = &documentError{line: next.line, cause: err}
			}
		}
		if failed != nil {
			failure = failed
			return errStop
		}
		if next.json != nil {
			documents = append(documents, next)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return err
	}
	if failure != nil {
		if failure.limit {
			return &protocol.Error{Code: protocol.Limit, Message: failure.Error(), Path: repositoryPath(found.path), Line: failure.line}
		}
		if len(documents) > 0 || looksLikeManifest(found.text) {
			return failedUnmarshal(found.path, failure.line, failure)
		}
	}
	for _, next := range documents {
		origin := Origin{Path: repositoryPath(found.path), Document: next.index, Line: next.line}
		if err := l.add(next.json, origin); err != nil {
			return err
		}
	}
	return nil
}

var errStop = errors.New("stop reading documents")

func failedUnmarshal(at string, line int, err error) error {
	return buildError(at, line, fmt.Errorf("Failed to unmarshal %q: %w", path.Base(at), err)) //nolint:staticcheck // Argo CD's words
}

func looksLikeManifest(text []byte) bool {
	for _, word := range []string{"apiVersion:", "kind:", "metadata:"} {
		if !bytes.Contains(text, []byte(word)) {
			return false
		}
	}
	return true
}

// checkKind is the one demand that decoding into an unstructured object makes beyond JSON itself.
func checkKind(raw []byte) error {
	return new(unstructured.Unstructured).UnmarshalJSON(raw)
}

// isOCIManifest is as generous as the repo server: any JSON object without clashing fields is one.
func isOCIManifest(raw []byte) bool {
	return json.Unmarshal(raw, new(imagev1.Manifest)) == nil
}

func (l *directoryLoading) add(raw []byte, origin Origin) error {
	if err := l.budget.addDocument(len(raw)); err != nil {
		return err
	}
	objects, err := toObjects(raw, origin)
	if err != nil {
		return buildError(origin.Path, origin.Line, err)
	}
	l.result.Objects = append(l.result.Objects, objects...)
	return nil
}

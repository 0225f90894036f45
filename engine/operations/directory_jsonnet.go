package operations

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"

	"github.com/google/go-jsonnet"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

type jsonnetInput struct {
	TLAs    []jsonnetVariable `json:"tlas"`
	ExtVars []jsonnetVariable `json:"extVars"`
	Libs    []string          `json:"libs"`
}

type jsonnetVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Code  bool   `json:"code"`
}

// jsonnet evaluates one file to an object or an array of objects.
func (l *directoryLoading) jsonnet(found candidate) error {
	machine, err := l.jsonnetMachine()
	if err != nil {
		return err
	}
	text, err := machine.EvaluateFile(found.path)
	if err != nil {
		failed := fmt.Errorf("Failed to evaluate jsonnet %q: %w", path.Base(found.path), err) //nolint:staticcheck // Argo CD's words
		return buildError(found.path, jsonnetLine(found.path, err), failed)
	}
	documents, err := jsonnetDocuments([]byte(text))
	if err != nil {
		failed := fmt.Errorf("Failed to unmarshal generated json %q: %w", path.Base(found.path), err) //nolint:staticcheck // Argo CD's words
		return buildError(found.path, 0, failed)
	}
	for at, next := range documents {
		if err := l.add(next, Origin{Path: repositoryPath(found.path), Document: at}); err != nil {
			return err
		}
	}
	return nil
}

var jsonnetPlace = regexp.MustCompile(`([^\s:]+):\(?(\d+)`)

// jsonnetLine finds the innermost line of the file in the trace, which is all that the library says about the place.
func jsonnetLine(at string, err error) int {
	for _, place := range jsonnetPlace.FindAllStringSubmatch(err.Error(), -1) {
		if line, broken := strconv.Atoi(place[2]); broken == nil && place[1] == at {
			return line
		}
	}
	return 0
}

func jsonnetDocuments(text []byte) ([]json.RawMessage, error) {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		list = []json.RawMessage{text}
	}
	list = slices.DeleteFunc(list, func(next json.RawMessage) bool { return string(next) == "null" })
	for _, next := range list {
		if err := checkKind(next); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// jsonnetMachine is makeJsonnetVM of the repo server with an importer that knows the mounts only.
func (l *directoryLoading) jsonnetMachine() (*jsonnet.VM, error) {
	machine := jsonnet.MakeVM()
	for _, variable := range l.input.Jsonnet.TLAs {
		if variable.Code {
			machine.TLACode(variable.Name, variable.Value)
		} else {
			machine.TLAVar(variable.Name, variable.Value)
		}
	}
	for _, variable := range l.input.Jsonnet.ExtVars {
		if variable.Code {
			machine.ExtCode(variable.Name, variable.Value)
		} else {
			machine.ExtVar(variable.Name, variable.Value)
		}
	}
	// Libraries are searched last to first, and the folder itself before all of them, as FileImporter does.
	folders := []string{l.input.Path}
	for _, library := range l.input.Jsonnet.Libs {
		folder, err := resolveInside("/", library)
		if err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	slices.Reverse(folders)
	machine.Importer(&mountImporter{fs: l.fs, folders: folders, contents: map[string]jsonnet.Contents{}})
	return machine, nil
}

// mountImporter replaces confinedImporter, which reads the disk:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go.
type mountImporter struct {
	fs       *vfs.FS
	folders  []string
	contents map[string]jsonnet.Contents
}

func (i *mountImporter) Import(importedFrom, importedPath string) (jsonnet.Contents, string, error) {
	if importedFrom != "" && path.IsAbs(importedPath) {
		refused := &protocol.Error{Code: protocol.Denied, Message: fmt.Sprintf("jsonnet import %q is an absolute path", importedPath)}
		return jsonnet.Contents{}, "", refused
	}
	for _, folder := range append([]string{path.Dir(importedFrom)}, i.folders...) {
		at, err := resolveInside(folder, importedPath)
		if err != nil {
			return jsonnet.Contents{}, "", fmt.Errorf("jsonnet import %q resolves outside repository root", importedPath)
		}
		if _, found := i.fs.Lookup(at); found {
			contents, err := i.read(at)
			return contents, at, err
		}
	}
	return jsonnet.Contents{}, "", fmt.Errorf("couldn't open import %q: no match locally or in the Jsonnet library paths", importedPath)
}

func (i *mountImporter) read(at string) (jsonnet.Contents, error) {
	if known, found := i.contents[at]; found {
		return known, nil
	}
	data, err := readFile(i.fs, at)
	if err != nil {
		return jsonnet.Contents{}, err
	}
	contents := jsonnet.MakeContentsRaw(data)
	i.contents[at] = contents
	return contents, nil
}

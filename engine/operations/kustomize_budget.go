package operations

import (
	"bytes"
	"fmt"
	"path"

	yamlnode "sigs.k8s.io/yaml/goyaml.v3"

	"presync.dev/engine/protocol"
)

const (
	// Kustomize compares each object with all others: 1,000 take a second, 3,000 seven, on one core of 2026.
	maxBuildDocuments = 10_000
	// Each alias becomes a copy of some hundred bytes for each value in it.
	maxAliasBytes = 8 << 20
)

// readBudget ends a build by what it reads, each time that it reads it: a tree of kustomizations that doubles at each level reads the
// same files again and again.
type readBudget struct {
	*budget
	files map[string]bool
}

func newReadBudget(limits protocol.Limits) *readBudget {
	r := &readBudget{budget: newBudget(limits), files: map[string]bool{}}
	r.limits.Documents = min(r.limits.Documents, maxBuildDocuments)
	return r
}

// refuseAliasBomb looks at all documents of a file, whatever it is; what cannot be read is for the build to say.
func refuseAliasBomb(name string, content []byte) error {
	if !bytes.ContainsRune(content, '&') || !bytes.ContainsRune(content, '*') {
		return nil
	}
	decoder := yamlnode.NewDecoder(bytes.NewReader(content))
	for {
		var document yamlnode.Node
		if decoder.Decode(&document) != nil {
			return nil
		}
		if (expansion{}).size(&document) > maxAliasBytes {
			message := fmt.Sprintf("the aliases in %s expand to more than %d bytes", name, maxAliasBytes)
			return &protocol.Error{Code: protocol.Limit, Message: message, Path: name}
		}
	}
}

func (r *readBudget) add(at string, content []byte) error {
	r.files[at] = true
	if len(r.files) > r.limits.Files {
		return limitError(fmt.Sprintf("the build reads more than %d files", r.limits.Files))
	}
	if extension := path.Ext(at); extension == ".yaml" || extension == ".yml" {
		r.documents += 1 + bytes.Count(content, []byte("\n---"))
	}
	if r.documents > r.limits.Documents {
		return limitError(fmt.Sprintf("the build reads more than %d documents", r.limits.Documents))
	}
	r.bytes += int64(len(content))
	if r.bytes > r.outputBytes() {
		return limitError(fmt.Sprintf("the build reads more than %d bytes", r.limits.OutputBytes))
	}
	return nil
}

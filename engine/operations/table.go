// Package operations holds what the engine can do: one file per operation, one line per operation in the table.
package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// Request is one piece of work; FS holds everything that it may read.
type Request struct {
	FS     *vfs.FS
	Input  json.RawMessage
	Limits protocol.Limits
	// Remotes asks the host for content from elsewhere; nil where no host can be asked. On success it is mounted in FS.
	Remotes func([]protocol.Remote) error
}

// Object is one Kubernetes object with the file it came from.
type Object struct {
	Manifest json.RawMessage `json:"manifest"`
	Origin   Origin          `json:"origin"`
	// JSON pointers whose value is another at each render.
	Volatile []string `json:"volatile,omitempty"`
}

// Origin is where an object is written: a path of the repository, the document's index in it, its first line.
type Origin struct {
	Path     string `json:"path,omitempty"`
	Document int    `json:"document,omitempty"`
	Line     int    `json:"line,omitempty"`
}

// Result is what an operation answers; Uses is a subset of random, now, lookup, install, capabilities, secret.
type Result struct {
	Objects  []Object           `json:"objects"`
	Value    any                `json:"value,omitempty"`
	Uses     []string           `json:"uses"`
	Warnings []string           `json:"warnings"`
	Problems []protocol.Problem `json:"problems,omitempty"`
}

type operation func(request *Request) (*Result, error)

var table = map[string]operation{
	"applicationset.generate": applicationSetGenerate,
	"argocd.source":           argocdSource,
	"directory.load":          directoryLoad,
	"gotemplate":              goTemplate,
	"helm.index":              helmIndex,
	"helm.template":           helmTemplate,
	"helmrelease.render":      helmReleaseRender,
	"kustomize.build":         kustomizeBuild,
	"kyverno.images":          kyvernoImages,
	"rbac.bootstrap":          rbacBootstrap,
	"flux.build":              fluxBuild,
	"semver.pick":             semverPick,
	"yaml.parse":              yamlParse,
}

// Run does one operation. Whatever goes wrong inside, panics of libraries included, comes back as a *protocol.Error.
func Run(name string, request *Request) (result *Result, failure *protocol.Error) {
	run, known := table[name]
	if !known {
		return nil, &protocol.Error{Code: protocol.Internal, Message: fmt.Sprintf("there is no operation %q", name)}
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			message := fmt.Sprintf("%s gave up on this input: %v", name, panicked)
			result, failure = nil, &protocol.Error{Code: protocol.Internal, Message: message}
			debug.FreeOSMemory()
		}
	}()
	result, err := run(request)
	if err != nil {
		return nil, asProtocolError(err)
	}
	// A library may have taken content that the host did not give for a file that is not there.
	if trouble := request.FS.Failure(); trouble != nil && trouble.Code != protocol.Denied {
		return nil, trouble
	}
	return withoutNil(result), nil
}

func asProtocolError(err error) *protocol.Error {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known
	}
	return &protocol.Error{Code: protocol.Build, Message: err.Error()}
}

// withoutNil makes empty lists of absent ones, so that the host reads one shape.
func withoutNil(result *Result) *Result {
	if result.Objects == nil {
		result.Objects = []Object{}
	}
	if result.Uses == nil {
		result.Uses = []string{}
	}
	if result.Warnings == nil {
		result.Warnings = []string{}
	}
	return result
}

// decodeInput is strict: an input that the operation does not know is a mistake of the host, not something to pass over.
func decodeInput(request *Request, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(request.Input))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return &protocol.Error{Code: protocol.Internal, Message: "input: " + err.Error()}
	}
	return nil
}

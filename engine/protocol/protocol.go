// Package protocol is what the engine and its host say to one another: newline-delimited JSON, one request at a time.
// engine/README.md describes the messages.
package protocol

import "encoding/json"

// Version of the protocol, announced in Ready.
const Version = 1

// Codes of errors, closed. Answers of kind limit, remote and internal are never cached by the host.
const (
	Parse       = "parse"
	Build       = "build"
	Schema      = "schema"
	Limit       = "limit"
	Unsupported = "unsupported"
	RemoteCode  = "remote"
	Denied      = "denied"
	Internal    = "internal"
)

// Error is how a request ends without a result: one of the codes, and a sentence for the person who wrote the input.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Path    string `json:"path,omitempty"`
	Line    int    `json:"line,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// Problem is trouble with one file of a batch; the other files have their results.
type Problem struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Limits of one request; zero means the operation's default.
type Limits struct {
	OutputBytes int `json:"outputBytes"`
	Documents   int `json:"documents"`
	Files       int `json:"files"`
}

// Remote is content that only the host can bring: kind is git, http, helm or oci. The host mounts it at At: for git the whole
// tree of the repository, of which the folder Path is used; for http a tree with one file, named Path.
type Remote struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
	Ref  string `json:"ref,omitempty"`
	Path string `json:"path,omitempty"`
	At   string `json:"at"`
}

// Mount puts a tree at an absolute path of the virtual file system.
type Mount struct {
	At   string `json:"at"`
	Tree string `json:"tree"`
}

// Denial is the host's no to a Remote.
type Denial struct {
	URL    string `json:"url"`
	Reason string `json:"reason"`
}

// Incoming is any message of the host: a tree, a request, or the answer to a need.
type Incoming struct {
	// A listing: [path, mode, oid] each.
	Tree    string      `json:"tree"`
	Entries [][3]string `json:"entries"`

	ID     int             `json:"id"`
	Op     string          `json:"op"`
	Mounts []Mount         `json:"mounts"`
	Input  json.RawMessage `json:"input"`
	Limits Limits          `json:"limits"`

	Blobs  map[string]string `json:"blobs"`
	Denied []Denial          `json:"denied"`
}

// Ready is the first line of the engine.
type Ready struct {
	Protocol int               `json:"protocol"`
	Versions map[string]string `json:"versions"`
	Sandbox  string            `json:"sandbox"`
}

// Need asks the host for content before the request can go on.
type Need struct {
	Trees   []string `json:"trees,omitempty"`
	Blobs   []string `json:"blobs,omitempty"`
	Remotes []Remote `json:"remotes,omitempty"`
}

// Reads is the exact input closure of one mount; paths are relative to it, without a slash in front.
type Reads struct {
	At      string      `json:"at"`
	Files   [][2]string `json:"files"`
	Present []string    `json:"present"`
	Absent  []string    `json:"absent"`
	Listed  []string    `json:"listed"`
	Links   []string    `json:"links"`
}

// Outgoing is any message of the engine.
type Outgoing struct {
	Ready *Ready `json:"ready,omitempty"`
	ID    int    `json:"id,omitempty"`
	Need  *Need  `json:"need,omitempty"`
	OK    any    `json:"ok,omitempty"`
	Error *Error `json:"error,omitempty"`
	// Of an answer, one for each mount; never absent there.
	Reads []Reads `json:"reads,omitzero"`
}

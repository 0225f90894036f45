package operations

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

func limitError(message string) error { return &protocol.Error{Code: protocol.Limit, Message: message} }

func badInput(err error) error {
	return &protocol.Error{Code: protocol.Internal, Message: "input: " + err.Error()}
}

// readFile reads a file of the mounts; what is absent is an error of the author's, so its code is build.
func readFile(fs *vfs.FS, at string) ([]byte, error) {
	data, err := fs.ReadFile(at)
	if err != nil {
		return nil, fileError(at, err)
	}
	return data, nil
}

// fileError keeps the code that the file system gave (a link out of the mount is denied) and names the path.
func fileError(at string, err error) error {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known
	}
	return buildError(at, 0, err)
}

func buildError(at string, line int, err error) error {
	return &protocol.Error{Code: protocol.Build, Message: err.Error(), Path: repositoryPath(at), Line: line}
}

// inContext puts a few words before the message of an error; code, path and line stay.
func inContext(words string, err error) error {
	known := *asProtocolError(err)
	known.Message = words + ": " + known.Message
	return &known
}

// repositoryPath is how paths are written in origins and errors: from the root of the repository, without a slash in front.
func repositoryPath(at string) string { return strings.TrimPrefix(path.Clean("/"+at), "/") }

// resolveInside joins like the controllers do and refuses what leaves the root, where a join alone would stay at the root.
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/io/path/resolved.go
func resolveInside(dir, file string) (string, error) {
	joined := path.Join(strings.TrimLeft(dir, "/"), file)
	if strings.HasPrefix(file, "/") {
		joined = path.Join(strings.TrimLeft(file, "/"))
	}
	if joined == ".." || strings.HasPrefix(joined, "../") {
		return "", &protocol.Error{Code: protocol.Denied, Message: fmt.Sprintf("file '%s' resolved to outside repository root", file)}
	}
	return "/" + joined, nil
}

// resolveFile is resolveInside for files that may also be named by URL: the host fetches those, never the engine.
func resolveFile(dir, file string) (string, error) {
	parsed, err := url.Parse(file)
	if err != nil || parsed.Scheme == "" {
		return resolveInside(dir, file)
	}
	switch strings.ToLower(parsed.Scheme) {
	case "http", "https":
		return "", &protocol.Error{Code: protocol.RemoteCode, Message: "the file is at " + file}
	}
	return "", &protocol.Error{Code: protocol.Denied, Message: fmt.Sprintf("the URL scheme '%s' is not allowed", parsed.Scheme)}
}

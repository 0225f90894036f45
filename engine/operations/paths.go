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

// inputFolder is a folder that the host names, which may be anywhere in the mounts.
func inputFolder(named string) (string, error) {
	clean := path.Clean(strings.TrimLeft(named, "/"))
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return "", outsideRoot(named)
	}
	return path.Join("/", clean), nil
}

func outsideRoot(file string) error {
	return &protocol.Error{Code: protocol.Denied, Message: fmt.Sprintf("file '%s' resolved to outside repository root", file)}
}

// elsewhereOf is the place of what the host has mounted beside the repository and that holds a path, "" for the repository itself, from
// where no path may lead there.
func elsewhereOf(at string) string {
	for _, root := range []string{remoteRoot, refRoot} {
		if below, inside := strings.CutPrefix(at, root+"/"); inside {
			name, _, _ := strings.Cut(below, "/")
			return path.Join(root, name)
		}
	}
	return ""
}

// ownPath is repositoryPath for what lies in this repository, and "" for what was brought from elsewhere.
func ownPath(at string) string {
	if elsewhereOf(path.Clean("/"+at)) != "" {
		return ""
	}
	return repositoryPath(at)
}

// resolveInside joins like the controllers do and refuses what leaves the root, where a join alone would stay at the root.
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/io/path/resolved.go
func resolveInside(dir, file string) (string, error) {
	joined := path.Join(strings.TrimLeft(dir, "/"), file)
	if strings.HasPrefix(file, "/") {
		joined = path.Join(strings.TrimLeft(file, "/"))
	}
	if joined == ".." || strings.HasPrefix(joined, "../") {
		return "", outsideRoot(file)
	}
	if root := elsewhereOf("/" + joined); root != "" && root != elsewhereOf(path.Clean("/"+dir)) {
		return "", outsideRoot(file)
	}
	return "/" + joined, nil
}

// resolveFile is resolveInside for files that may also be named by URL: the host fetches those, never the engine.
func resolveFile(dir, file string) (namedFile, error) {
	parsed, err := url.Parse(file)
	if err != nil || parsed.Scheme == "" {
		at, err := resolveInside(dir, file)
		return namedFile{written: file, at: at}, err
	}
	switch strings.ToLower(parsed.Scheme) {
	case "http", "https":
		remote := placed(protocol.Remote{Kind: "http", URL: file, Path: remoteName(parsed.Path)})
		return namedFile{written: file, at: path.Join(remote.At, remote.Path), remote: &remote}, nil
	}
	return namedFile{}, &protocol.Error{Code: protocol.Denied, Message: fmt.Sprintf("the URL scheme '%s' is not allowed", parsed.Scheme)}
}

// remoteName is the name of the one file in the tree that the host mounts for a URL.
func remoteName(urlPath string) string {
	if name := path.Base(path.Clean("/" + urlPath)); name != "/" {
		return name
	}
	return "file"
}

package operations

import (
	"path"
	"regexp"
	"strings"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// remoteForm is what Kustomize takes for a URL or a repository when no such file exists:
// https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/api/internal/git/repospec.go
var remoteForm = regexp.MustCompile(`^(?:[a-zA-Z][a-zA-Z0-9+.-]*::?//?|git::|[^/@\s]+@[^/:\s]+:|github\.com[/:])`)

var remoteFields = []string{"resources", "bases", "components", "generators", "transformers", "validators", "crds", "configurations"}

// remotesIn lists what a kustomization names and only a network could bring.
func remotesIn(fields map[string]any, folder string, files *vfs.FS) []protocol.Remote {
	var found []protocol.Remote
	add := func(entry any) {
		text, isText := entry.(string)
		if !isText || strings.Contains(text, "\n") || !remoteForm.MatchString(text) {
			return
		}
		if _, local := files.Lookup(path.Join(folder, text)); !local {
			found = append(found, toRemote(text))
		}
	}
	for _, field := range remoteFields {
		entries, _ := fields[field].([]any)
		for _, entry := range entries {
			add(entry)
		}
	}
	patches, _ := fields["patches"].([]any)
	for _, entry := range patches {
		if patch, isMap := entry.(map[string]any); isMap {
			add(patch["path"])
		}
	}
	if schema, isMap := fields["openapi"].(map[string]any); isMap {
		add(schema["path"])
	}
	return found
}

// toRemote splits `url//path?ref=x`; what is not clearly a git repository is a file to fetch.
func toRemote(text string) protocol.Remote {
	url, query, _ := strings.Cut(text, "?")
	remote := protocol.Remote{Kind: "git", URL: text}
	for _, pair := range strings.Split(query, "&") {
		if value, isRef := strings.CutPrefix(pair, "ref="); isRef {
			remote.Ref = value
		}
	}
	if ext := path.Ext(url); query == "" && (ext == ".yaml" || ext == ".yml" || ext == ".json") {
		remote.Kind = "http"
	}
	return remote
}

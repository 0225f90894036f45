package operations

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"regexp"
	"strings"

	"presync.dev/engine/protocol"
)

// Where content from elsewhere is mounted: what a render asks for on its way, each repository, chart or file in a folder of its own,
// and the sources that an Application refers to.
const (
	remoteRoot = "/.presync/remote"
	refRoot    = "/.presync/ref"
)

// What an entry of a kustomization may lead to.
type entryUse int

const (
	toFile entryUse = 1 << iota
	toFolder
	toEither = toFile | toFolder
)

// parseRemote tells an entry that only a network could bring, as Kustomize does: a file by HTTP, else a Git repository.
// https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/api/internal/loader/fileloader.go (IsRemoteFile, New)
// Kustomize asks for each http(s) entry as a file first and takes it for a repository when that fails; here its form decides.
func parseRemote(entry string, use entryUse) (protocol.Remote, bool) {
	repository, isRepository := parseRepository(entry)
	isHTTP := isHTTPURL(entry)
	asFile := use == toFile || (use == toEither && (!isRepository || looksLikeFile(entry)))
	switch {
	case isHTTP && asFile:
		name, _, _ := strings.Cut(entry, "?")
		return placed(protocol.Remote{Kind: "http", URL: entry, Path: path.Base(name)}), true
	case isRepository && use&toFolder != 0:
		return placed(repository), true
	}
	return protocol.Remote{}, false
}

// placed says where the host is to mount the content: one place per file, per chart, and per repository and ref.
func placed(remote protocol.Remote) protocol.Remote {
	key := remote.Kind + "\x00" + remote.URL + "\x00" + remote.Ref
	if remote.Kind == "helm" || remote.Kind == "oci" {
		key += "\x00" + remote.Path
	}
	sum := sha256.Sum256([]byte(key))
	remote.At = path.Join(remoteRoot, hex.EncodeToString(sum[:8]))
	return remote
}

func isHTTPURL(entry string) bool {
	parsed, err := url.Parse(entry)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https")
}

var (
	manifestExtensions = map[string]bool{".yaml": true, ".yml": true, ".json": true}
	userName           = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*@`)
	scheme             = regexp.MustCompile(`^(?i:ssh|https|http|file)://`)
	forcedGit          = regexp.MustCompile(`^(?i:git::)`)
	githubHost         = regexp.MustCompile(`^(?i:github\.com)[/:]`)
)

// looksLikeFile is for http(s) URLs that could be either; whoever splits with // or names a .git folder means a repository.
func looksLikeFile(entry string) bool {
	name, _, _ := strings.Cut(entry, "?")
	_, rest, _ := strings.Cut(name, "://")
	marked := strings.Contains(rest, "//") || strings.Contains(rest, ".git/") || strings.Contains(rest, "_git/")
	return !marked && manifestExtensions[path.Ext(name)]
}

// parseRepository splits an entry into repository, ref and path as Kustomize's NewRepoSpecFromURL does:
// https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/api/internal/git/repospec.go
func parseRepository(entry string) (protocol.Remote, bool) {
	if path.IsAbs(entry) {
		return protocol.Remote{}, false
	}
	text, query, _ := strings.Cut(entry, "?")
	host, rest, isHost := cutHost(forcedGit.ReplaceAllString(text, ""))
	if !isHost {
		return protocol.Remote{}, false
	}
	repository, folder, isSplit := cutRepository(rest, host == "file://")
	clean := path.Clean(strings.TrimPrefix(folder, "/"))
	if !isSplit || repository == "" || clean == ".." || strings.HasPrefix(clean, "../") {
		return protocol.Remote{}, false
	}
	return protocol.Remote{Kind: "git", URL: host + repository, Ref: refIn(query), Path: strings.TrimPrefix(clean, ".")}, true
}

// cutHost gives scheme, user and host with the separator behind them; an scp form (git@host:) needs a user or GitHub.
func cutHost(text string) (host, rest string, isHost bool) {
	prefix := strings.ToLower(scheme.FindString(text))
	text = text[len(prefix):]
	if prefix == "file://" {
		return prefix, text, true
	}
	user := userName.FindString(text)
	text = text[len(user):]
	isGithub := githubHost.MatchString(text)
	acceptsColon := prefix == "" && (user != "" || isGithub)
	if prefix == "" && !acceptsColon {
		return "", "", false
	}
	end := strings.Index(text, "/")
	if colon := strings.Index(text, ":"); acceptsColon && (end < 0 || (colon > 0 && colon < end)) {
		end = colon
	}
	name, rest := text[:end+1], text[end+1:]
	switch {
	case isGithub && (prefix == "ssh://" || user != ""):
		prefix, name = "", "github.com:"
	case isGithub:
		prefix, user, name = "https://", "", "github.com/"
	}
	return prefix + user + name, rest, name != ""
}

// cutRepository splits at `_git/x`, `//` or `.git`, in this order, else after organisation and repository.
func cutRepository(text string, isFile bool) (repository, folder string, isSplit bool) {
	if at := strings.Index(text, "_git/"); at >= 0 {
		name, folder, _ := strings.Cut(text[at+len("_git/"):], "/")
		return text[:at] + "_git/" + name, folder, true
	}
	if repository, folder, isSplit := strings.Cut(text, "//"); isSplit {
		return repository, folder, true
	}
	if at := strings.Index(text, ".git"); at >= 0 {
		return text[:at+len(".git")], text[at+len(".git"):], true
	}
	if isFile {
		return text, "", true
	}
	parts := strings.SplitN(text, "/", 3)
	if len(parts) < 2 {
		return "", "", false
	}
	return parts[0] + "/" + parts[1], strings.Join(parts[2:], "/"), true
}

func refIn(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	if ref := values.Get("ref"); ref != "" {
		return ref
	}
	return values.Get("version")
}

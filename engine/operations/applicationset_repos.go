package operations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/argoproj/argo-cd/v3/applicationset/services"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/bmatcuk/doublestar/v4"

	"presync.dev/engine/protocol"
)

// setRepos is the repo-server as the Git generator sees it. Content of a repository is what the host mounts for it, read
// through the request's file system like any other.
type setRepos struct {
	run *setRun
	// The directory patterns that the generator at work includes.
	wanted []string
}

var _ services.Repos = (*setRepos)(nil)

// mounted asks the host for a repository, once in a request; HEAD is what the host takes without a ref.
func (r *setRepos) mounted(repoURL, revision string, integrity *v1alpha1.SourceIntegrity) (string, error) {
	if integrity != nil {
		r.run.warn(fmt.Sprintf("the project of ApplicationSet %s demands signed commits; presync does not verify signatures of %s", r.run.set.Name, repoURL))
	}
	if revision == "HEAD" {
		revision = ""
	}
	remote := placed(protocol.Remote{Kind: "git", URL: repoURL, Ref: revision})
	files := r.run.request.FS
	if files.IsMounted(remote.At) {
		return remote.At, nil
	}
	if repoURL == "" {
		return "", errors.New("the git generator has no repoURL")
	}
	if r.run.request.Remotes == nil {
		return "", &protocol.Error{Code: protocol.RemoteCode, Message: fmt.Sprintf("the git generator needs %s, and nobody is there to bring it", repoURL)}
	}
	if err := r.run.request.Remotes([]protocol.Remote{remote}); err != nil {
		return "", err
	}
	if !files.IsMounted(remote.At) {
		return "", &protocol.Error{Code: protocol.RemoteCode, Message: fmt.Sprintf("the git generator needs %s, which was not brought", repoURL)}
	}
	return remote.At, nil
}

// GetDirectories lists folders as the repo-server does, hidden ones and links left out, of those that a pattern can reach:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/utils.go (walkDirectoryTree).
func (r *setRepos) GetDirectories(_ context.Context, repoURL, revision, _ string, _ bool, integrity *v1alpha1.SourceIntegrity) ([]string, error) {
	root, err := r.mounted(repoURL, revision, integrity)
	if err != nil {
		return nil, err
	}
	var found []string
	return found, r.folders(root, "", &found)
}

func (r *setRepos) folders(root, below string, found *[]string) error {
	entries, err := listFolder(r.run.request.FS, path.Join(root, below))
	if err != nil {
		return err
	}
	if len(entries) == 0 && below != "" {
		r.run.warn(fmt.Sprintf("%s is a submodule; the folders in it are not seen by presync", below))
	}
	for _, entry := range entries {
		name := path.Join(below, entry.name)
		if !entry.folder || entry.link || strings.HasPrefix(entry.name, ".") {
			continue
		}
		*found = append(*found, name)
		if r.reaches(name) {
			if err := r.folders(root, name, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// reaches says whether a pattern may match something below a folder: `*` of path.Match stops at a slash, so each segment
// matches one name. A class such as [^a] may match a slash, so a pattern with one reaches everywhere.
func (r *setRepos) reaches(folder string) bool {
	names := strings.Split(folder, "/")
	for _, pattern := range r.wanted {
		segments := strings.Split(pattern, "/")
		if strings.ContainsAny(pattern, `[\`) || (len(segments) > len(names) && segmentsMatch(segments, names)) {
			return true
		}
	}
	return false
}

func segmentsMatch(segments, names []string) bool {
	for at, name := range names {
		if matches, err := path.Match(segments[at], name); err != nil || !matches {
			return false
		}
	}
	return true
}

// GetFiles reads what a pattern matches:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/git/client.go (LsFiles), repository.go (GetGitFiles).
func (r *setRepos) GetFiles(_ context.Context, repoURL, revision, _, pattern string, _ bool, integrity *v1alpha1.SourceIntegrity) (map[string][]byte, error) {
	root, err := r.mounted(repoURL, revision, integrity)
	if err != nil {
		return nil, err
	}
	list := r.tracked
	if r.run.input.NewGitFileGlobbing {
		list = r.globbed
	}
	names, err := list(root, pattern)
	if err != nil {
		return nil, err
	}
	contents := make(map[string][]byte, len(names))
	for _, name := range names {
		content, err := r.run.request.FS.ReadFile(path.Join(root, name))
		if err != nil {
			return nil, unreadable(name, repoURL, pattern, err)
		}
		contents[name] = content
	}
	return contents, nil
}

// unreadable leaves out where the repository is mounted, as that means nothing to a reader.
func unreadable(name, repoURL, pattern string, err error) error {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known
	}
	var located *fs.PathError
	if errors.As(err, &located) {
		err = located.Err
	}
	return fmt.Errorf("unable to read %s of %s, which %s matches: %w", name, repoURL, pattern, err)
}

// tracked is `git ls-files -- <pattern>`: links and submodules are entries like files.
func (r *setRepos) tracked(root, pattern string) ([]string, error) {
	spec, err := parsePathspec(pattern)
	if err != nil {
		return nil, err
	}
	start := spec.folder()
	info, there, err := r.run.request.FS.Stat(path.Join(root, start))
	if err != nil || !there || !info.Dir || info.Link {
		return nil, err // git knows no paths behind a link
	}
	var found []string
	return found, r.entries(root, start, spec, &found)
}

func (r *setRepos) entries(root, below string, spec pathspec, found *[]string) error {
	entries, err := listFolder(r.run.request.FS, path.Join(root, below))
	if err != nil {
		return err
	}
	if len(entries) == 0 && below != "" && spec.matches(below) {
		*found = append(*found, below)
	}
	for _, entry := range entries {
		name := path.Join(below, entry.name)
		if entry.folder && !entry.link {
			if err := r.entries(root, name, spec, found); err != nil {
				return err
			}
		} else if spec.matches(name) {
			*found = append(*found, name)
		}
	}
	return nil
}

// globbed is the matching that --enable-new-git-file-globbing switches on; what leads out of the repository is passed over.
func (r *setRepos) globbed(root, pattern string) ([]string, error) {
	whole := path.Join(root, pattern)
	if !strings.HasPrefix(whole, root+"/") {
		return nil, nil
	}
	matches, err := doublestar.Glob(ioFS{r.run.request.FS}, strings.TrimPrefix(whole, "/"))
	if err != nil {
		return nil, fmt.Errorf("the pattern %s: %w", pattern, err)
	}
	var names []string
	for _, match := range matches {
		if _, err := r.run.request.FS.Real("/" + match); err == nil {
			names = append(names, strings.TrimPrefix("/"+match, root+"/"))
		}
	}
	return names, nil
}

// GetOciFiles and GetOciDirectories are never asked: the OCI generator is replaced.
func (r *setRepos) GetOciFiles(context.Context, string, string, string, string, bool) (map[string][]byte, error) {
	return nil, errors.New("presync reads no OCI artifact for a generator")
}

func (r *setRepos) GetOciDirectories(context.Context, string, string, string, bool) ([]string, error) {
	return nil, errors.New("presync reads no OCI artifact for a generator")
}

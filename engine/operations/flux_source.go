package operations

import (
	"path"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"

	"presync.dev/engine/vfs"
)

// sourceFilter hides what source-controller leaves out of the artifact that it makes of a GitRepository: symbolic links, and what
// its defaults, the .sourceignore files and spec.ignore exclude.
// https://github.com/fluxcd/pkg/blob/main/artifact/storage/storage.go (Archive, SourceIgnoreFilter)
type sourceFilter struct {
	files *vfs.FS
	// Of spec.ignore, which comes last and so wins.
	ignore   []gitignore.Pattern
	folders  map[string][]gitignore.Pattern
	matchers map[string]gitignore.Matcher
}

func newSourceFilter(files *vfs.FS, ignore string) *sourceFilter {
	return &sourceFilter{
		files:    files,
		ignore:   sourceignore.ReadPatterns(strings.NewReader(ignore), nil),
		folders:  map[string][]gitignore.Pattern{},
		matchers: map[string]gitignore.Matcher{},
	}
}

// hides is for files. Folders are never hidden themselves; in an artifact, one without files is not there.
func (s *sourceFilter) hides(at string) bool {
	if s == nil || strings.HasPrefix(at, remoteRoot+"/") {
		return false
	}
	if real, err := s.files.Real(at); err == nil && real != at {
		return true
	}
	return s.matcher(path.Dir(at)).Match(strings.Split(strings.TrimPrefix(at, "/"), "/"), false)
}

func (s *sourceFilter) matcher(folder string) gitignore.Matcher {
	if known := s.matchers[folder]; known != nil {
		return known
	}
	s.matchers[folder] = sourceignore.NewDefaultMatcher(append(s.below(folder), s.ignore...), nil)
	return s.matchers[folder]
}

// below are the patterns of a folder after those of the folders that it lies in.
func (s *sourceFilter) below(folder string) []gitignore.Pattern {
	if known, read := s.folders[folder]; read {
		return known
	}
	var patterns []gitignore.Pattern
	var domain []string
	if folder != "/" {
		patterns = append(patterns, s.below(path.Dir(folder))...)
		domain = strings.Split(strings.TrimPrefix(folder, "/"), "/")
	}
	if content, err := s.files.ReadFile(path.Join(folder, sourceignore.IgnoreFile)); err == nil {
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(string(content)), domain)...)
	}
	s.folders[folder] = patterns[:len(patterns):len(patterns)]
	return s.folders[folder]
}

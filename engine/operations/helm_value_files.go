package operations

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// namedFile is a file, or a pattern of files, as a person wrote it and where it is in the mounts. Remote is set for one that the host
// has to bring first.
type namedFile struct {
	written, at string
	remote      *protocol.Remote
}

// resolveFiles finds out where the files of the input are: relative to the chart, from the root, or at a URL.
func (j *chartJob) resolveFiles(resolve func(dir, file string) (namedFile, error)) error {
	for _, file := range j.input.ValueFiles {
		resolved, err := resolve(j.input.Path, file)
		if err != nil {
			return err
		}
		j.valueFiles = append(j.valueFiles, resolved)
	}
	for _, parameter := range j.input.FileParameters {
		resolved, err := resolve(j.input.Path, parameter.Path)
		if err != nil {
			return err
		}
		j.fileParameters = append(j.fileParameters, resolved)
	}
	return nil
}

// bringFiles asks the host for the files that are at a URL, all in one question.
func (j *chartJob) bringFiles(request *Request) error {
	var wanted []protocol.Remote
	for _, file := range slices.Concat(j.valueFiles, j.fileParameters) {
		if file.remote != nil {
			wanted = append(wanted, *file.remote)
		}
	}
	return request.bring("", wanted)
}

// expandValueFiles is getResolvedValueFiles of Argo CD's repo server: patterns expand in lexical order, a file that is
// also listed by name keeps that position, each file counts once, and a link is the file that it leads to.
func expandValueFiles(fs *vfs.FS, job *chartJob) ([]string, error) {
	explicit := map[string]bool{}
	for at, file := range job.valueFiles {
		if file.remote != nil || isPattern(file.at) {
			continue
		}
		if info, found := fs.Lookup(file.at); found && info.Link {
			real, err := fs.Real(file.at)
			if err != nil {
				return nil, fileError(file.at, err)
			}
			job.valueFiles[at].at = real
		}
		explicit[job.valueFiles[at].at] = true
	}
	var expanded []string
	for _, file := range job.valueFiles {
		found, err := valueFilesAt(fs, job, file, explicit)
		if err != nil {
			return nil, err
		}
		for _, match := range found {
			if !slices.Contains(expanded, match) {
				expanded = append(expanded, match)
			}
		}
	}
	return expanded, nil
}

func valueFilesAt(fs *vfs.FS, job *chartJob, file namedFile, explicit map[string]bool) ([]string, error) {
	if file.remote != nil {
		return []string{file.at}, nil
	}
	if !isPattern(file.at) {
		_, found, err := fs.Stat(file.at)
		if err != nil {
			return nil, fileError(file.at, err)
		}
		if !found && job.input.IgnoreMissingValueFiles {
			return nil, nil
		}
		return []string{file.at}, nil
	}
	matches, err := doublestar.Glob(ioFS{fs}, strings.TrimPrefix(file.at, "/"))
	if err != nil {
		return nil, buildError("", 0, fmt.Errorf("error expanding glob pattern %q: %w", file.written, err))
	}
	if len(matches) == 0 && !job.input.IgnoreMissingValueFiles {
		return nil, buildError("", 0, fmt.Errorf("values file glob %q matched no files", file.written))
	}
	var kept []string
	for _, match := range matches {
		if match = path.Join("/", match); !explicit[match] {
			kept = append(kept, match)
		}
	}
	return kept, nil
}

func isPattern(at string) bool { return strings.ContainsAny(at, "*?[") }

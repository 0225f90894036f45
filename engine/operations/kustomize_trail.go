package operations

import (
	"path"
	"slices"

	"presync.dev/engine/vfs"
)

// namespaceTrail knows which kustomization reads the one that is read now: a chart without a namespace of its own gets that of the
// next kustomization above it that has one. Kustomize reads them depth first, in the order in which they are named.
// https://github.com/kubernetes-sigs/kustomize/blob/api/v0.21.3/api/internal/target/kusttarget.go (helmRootNamespace)
type namespaceTrail struct{ steps []trailStep }

type trailStep struct {
	namespace string
	// Folders that it names and that have not been read yet.
	waiting []string
}

// enter gives the namespace for the charts of a kustomization.
func (t *namespaceTrail) enter(folder, namespace string, named []string) string {
	for len(t.steps) > 0 {
		last := &t.steps[len(t.steps)-1]
		if at := slices.Index(last.waiting, folder); at >= 0 {
			last.waiting = slices.Delete(last.waiting, at, at+1)
			if namespace == "" {
				namespace = last.namespace
			}
			break
		}
		t.steps = t.steps[:len(t.steps)-1]
	}
	t.steps = append(t.steps, trailStep{namespace, named})
	return namespace
}

// namedFolders are the folders that a kustomization reads others from.
func namedFolders(files *vfs.FS, folder string, fields map[string]any) []string {
	var named []string
	for _, field := range []string{"resources", "bases", "components"} {
		for _, one := range listEntries(fields, field, toFolder) {
			if real, err := files.Real(path.Join(folder, one.text)); err == nil {
				named = append(named, real)
			}
		}
	}
	return named
}

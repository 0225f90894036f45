package vfs

import "path"

// Prefetch asks for the content of several files at once; what is absent is left out, and nothing is recorded.
func (f *FS) Prefetch(paths []string) {
	oids := make([]string, 0, len(paths))
	for _, at := range paths {
		if m, name := f.mountOf(path.Clean("/" + at)); m != nil {
			if found, isFile := m.Tree.files[name]; isFile {
				oids = append(oids, found.oid)
			}
		}
	}
	// What cannot be had is an error where it is read.
	_ = f.blobs.Blobs(oids)
}

// PrefetchBelow is Prefetch for the files of a folder and of the folders in it that have one of the extensions.
func (f *FS) PrefetchBelow(at string, extensions ...string) {
	m, folder := f.mountOf(path.Clean("/" + at))
	if m == nil {
		return
	}
	_ = f.blobs.Blobs(m.Tree.oidsBelow(folder, extensions))
}

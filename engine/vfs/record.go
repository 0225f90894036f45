package vfs

import (
	"maps"
	"slices"
	"strings"

	"presync.dev/engine/protocol"
)

// record is everything that was looked at in one mount. A path that was read need not stand among those present.
type record struct {
	files, links map[string]string
	probes       map[string]bool
	listed       map[string]struct{}
}

func newRecord() record {
	return record{files: map[string]string{}, links: map[string]string{}, probes: map[string]bool{}, listed: map[string]struct{}{}}
}

func (r *record) file(name, oid string)           { r.files[name] = oid }
func (r *record) link(name, oid string)           { r.links[name] = oid }
func (r *record) probe(name string, present bool) { r.probes[name] = present }
func (r *record) list(name string)                { r.listed[name] = struct{}{} }

func (r *record) closure(at string) protocol.Reads {
	reads := protocol.Reads{At: at, Files: [][2]string{}, Present: []string{}, Absent: []string{}, Listed: sorted(r.listed), Links: sorted(r.links)}
	for name, oid := range r.files {
		reads.Files = append(reads.Files, [2]string{name, oid})
	}
	// The text of a link is an input like a file's.
	for name, oid := range r.links {
		reads.Files = append(reads.Files, [2]string{name, oid})
	}
	slices.SortFunc(reads.Files, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	for _, name := range sorted(r.probes) {
		if !r.probes[name] {
			reads.Absent = append(reads.Absent, name)
		} else if _, read := r.files[name]; !read {
			reads.Present = append(reads.Present, name)
		}
	}
	return reads
}

// sorted is never nil: the host reads a list.
func sorted[V any](names map[string]V) []string {
	return append([]string{}, slices.Sorted(maps.Keys(names))...)
}

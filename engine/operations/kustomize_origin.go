package operations

import (
	"bytes"
	"regexp"
	"strings"
)

// maxNear bounds the search for changed names, which compares each object with all documents of its kind.
const maxNear = 2000

// originIndex tells which document an object comes from. Kustomize's own origin annotations would change what patches see, so
// the files that kustomizations list under `resources` are asked, and the generators. A name that prefixes, suffixes and hashes
// changed is found by the part that stayed. An empty origin is "not known", never a guess between two.
type originIndex struct{ byKind map[string][]writtenDocument }

type writtenDocument struct {
	name, namespace string
	origin          Origin
}

var (
	documentEnd   = regexp.MustCompile(`(?m)^---(?:[ \t].*)?\r?$`)
	kindLine      = regexp.MustCompile(`(?m)^["']?kind["']?:[ \t]*["']?([A-Za-z0-9]+)`)
	nameLine      = regexp.MustCompile(`(?m)^metadata:[^\n]*\n(?:[ \t]+[^\n]*\n)*?[ \t]+["']?name["']?:[ \t]*["']?([^\s"'#]+)`)
	namespaceLine = regexp.MustCompile(`(?m)^metadata:[^\n]*\n(?:[ \t]+[^\n]*\n)*?[ \t]+["']?namespace["']?:[ \t]*["']?([^\s"'#]+)`)
	flowName      = regexp.MustCompile(`(?m)^metadata:[ \t]*\{[^}\n]*\bname:[ \t]*["']?([^\s"',}]+)`)
	flowNamespace = regexp.MustCompile(`(?m)^metadata:[ \t]*\{[^}\n]*\bnamespace:[ \t]*["']?([^\s"',}]+)`)
)

func newOriginIndex(files *buildFS) *originIndex {
	index := &originIndex{byKind: map[string][]writtenDocument{}}
	for _, generated := range files.rewriter.generated {
		index.byKind[generated.kind] = append(index.byKind[generated.kind], generated.writtenDocument)
	}
	for _, reads := range files.Reads() {
		if reads.At != "/" {
			continue // what was brought from elsewhere has no line in this repository
		}
		for _, file := range reads.Files {
			if !files.rewriter.resources["/"+file[0]] {
				continue
			}
			if content, err := files.FS.ReadFile("/" + file[0]); err == nil {
				index.add(file[0], content)
			}
		}
	}
	return index
}

func (x *originIndex) add(file string, content []byte) {
	line, at, document := 1, 0, 0
	bounds := append(documentEnd.FindAllIndex(content, -1), []int{len(content), len(content)})
	for _, bound := range bounds {
		part := content[at:bound[0]]
		if kind, name := firstMatch(part, kindLine), firstMatch(part, nameLine, flowName); kind != "" && name != "" {
			leading := len(part) - len(bytes.TrimLeft(part, "\r\n"))
			origin := Origin{Path: file, Document: document, Line: line + bytes.Count(part[:leading], []byte("\n"))}
			x.byKind[kind] = append(x.byKind[kind], writtenDocument{name, firstMatch(part, namespaceLine, flowNamespace), origin})
		}
		if len(bytes.TrimSpace(part)) > 0 {
			document++
		}
		line += bytes.Count(content[at:bound[1]], []byte("\n"))
		at = bound[1]
	}
}

func firstMatch(text []byte, patterns ...*regexp.Regexp) string {
	for _, pattern := range patterns {
		if found := pattern.FindSubmatch(text); found != nil {
			return string(found[1])
		}
	}
	return ""
}

func (x *originIndex) of(kind, name, namespace string) Origin {
	var exact, near []writtenDocument
	longest := 0
	for _, document := range x.byKind[kind] {
		switch {
		case document.name == name:
			exact = append(exact, document)
		case len(x.byKind[kind]) > maxNear || len(document.name) < longest || !strings.Contains(name, document.name):
		case len(document.name) > longest:
			longest, near = len(document.name), []writtenDocument{document}
		default:
			near = append(near, document)
		}
	}
	if len(exact) > 0 {
		return single(exact, namespace)
	}
	return single(near, namespace)
}

// single is the only candidate, or the only one in this namespace.
func single(candidates []writtenDocument, namespace string) Origin {
	if len(candidates) == 1 {
		return candidates[0].origin
	}
	var same []writtenDocument
	for _, candidate := range candidates {
		if candidate.namespace == namespace {
			same = append(same, candidate)
		}
	}
	if len(same) == 1 {
		return same[0].origin
	}
	return Origin{}
}

package operations

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

// originIndex tells which of the files that a build read an object comes from. Kustomize's own origin annotations would
// change what patches see, so the files are asked instead: the first that was read with this kind and name. A name that
// prefixes and suffixes changed is found by the part that stayed. ” is "not known", never a guess between two.
type originIndex struct{ documents []writtenDocument }

type writtenDocument struct {
	kind, name string
	origin     Origin
}

var (
	documentEnd = regexp.MustCompile(`(?m)^---(?:[ \t].*)?\r?$`)
	kindLine    = regexp.MustCompile(`(?m)^["']?kind["']?:[ \t]*["']?([A-Za-z0-9]+)`)
	nameLine    = regexp.MustCompile(`(?m)^metadata:[^\n]*\n(?:[ \t]+[^\n]*\n)*?[ \t]+["']?name["']?:[ \t]*["']?([^\s"'#]+)`)
	flowName    = regexp.MustCompile(`(?m)^metadata:[ \t]*\{[^}\n]*\bname:[ \t]*["']?([^\s"',}]+)`)
)

func newOriginIndex(request *Request) *originIndex {
	index := &originIndex{}
	for _, reads := range request.FS.Reads() {
		if reads.At != "/" {
			continue
		}
		for _, file := range reads.Files {
			if extension := path.Ext(file[0]); extension == ".yaml" || extension == ".yml" {
				content, err := request.FS.ReadFile("/" + file[0])
				if err == nil {
					index.add(file[0], content)
				}
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
		if kind, name := firstMatch(kindLine, part), nameIn(part); kind != "" && name != "" {
			leading := len(part) - len(bytes.TrimLeft(part, "\r\n"))
			first := line + bytes.Count(part[:leading], []byte("\n"))
			x.documents = append(x.documents, writtenDocument{kind, name, Origin{Path: file, Document: document, Line: first}})
		}
		if len(bytes.TrimSpace(part)) > 0 {
			document++
		}
		line += bytes.Count(content[at:bound[1]], []byte("\n"))
		at = bound[1]
	}
}

func nameIn(part []byte) string {
	if name := firstMatch(nameLine, part); name != "" {
		return name
	}
	return firstMatch(flowName, part)
}

func firstMatch(pattern *regexp.Regexp, text []byte) string {
	if found := pattern.FindSubmatch(text); found != nil {
		return string(found[1])
	}
	return ""
}

// of prefers the exact name. Of several documents with it, one is a patch of the other: the one in the deeper-lying base is
// not known from here, so the first in path order stands for all only if it is the only file without patches beside it.
func (x *originIndex) of(kind, name string) Origin {
	var exact, near []Origin
	for _, document := range x.documents {
		switch {
		case document.kind != kind:
		case document.name == name:
			exact = append(exact, document.origin)
		case strings.Contains(name, document.name):
			near = append(near, document.origin)
		}
	}
	if len(exact) > 0 {
		return exact[0]
	}
	if len(near) == 1 {
		return near[0]
	}
	return Origin{}
}

package operations

import (
	"bytes"
	"strings"

	// As Kustomize reads it: a name may be y.
	yaml "sigs.k8s.io/yaml/goyaml.v3"
)

// maxOddDocument is how large a document may be that is read as YAML only to find its name.
const maxOddDocument = 256 << 10

// documentsIn finds kind, name and place of the documents of a file, line by line: Kustomize has already read them as YAML, and once is
// enough for a CustomResourceDefinition of half a megabyte. Documents in flow style and Lists are read properly.
func documentsIn(file string, content []byte) []namedDocument {
	var found []namedDocument
	origin := Origin{Path: file}
	line, part, partLine := 0, []byte(nil), 1
	end := func() {
		if len(bytes.TrimSpace(part)) > 0 {
			leading := len(part) - len(bytes.TrimLeft(part, "\r\n"))
			origin.Line = partLine + bytes.Count(part[:leading], []byte("\n"))
			found = append(found, objectsOf(part, origin)...)
			origin.Document++
		}
	}
	start := 0
	for at := 0; at < len(content); {
		next := at + len(upToLineEnd(content[at:]))
		line++
		if isSeparator(content[at:next]) {
			part = content[start:at]
			end()
			start, partLine = next, line+1
		}
		at = next
	}
	part = content[start:]
	end()
	return found
}

func upToLineEnd(text []byte) []byte {
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		return text[:end+1]
	}
	return text
}

func isSeparator(line []byte) bool {
	rest, dashes := bytes.CutPrefix(line, []byte("---"))
	return dashes && (len(bytes.TrimSpace(rest)) == 0 || rest[0] == ' ' || rest[0] == '\t')
}

func objectsOf(document []byte, origin Origin) []namedDocument {
	one := scanDocument(document)
	if one.kind != "" && one.name != "" && !strings.HasSuffix(one.kind, "List") {
		one.origin = origin
		return []namedDocument{one}
	}
	if len(document) > maxOddDocument {
		return nil
	}
	var read struct {
		head  `yaml:",inline"`
		Items []head
	}
	if yaml.Unmarshal(document, &read) != nil {
		return nil
	}
	var found []namedDocument
	for _, item := range append(read.Items, read.head) {
		if item.Kind != "" && item.Metadata.Name != "" {
			found = append(found, namedDocument{item.Kind, item.Metadata.Name, item.Metadata.Namespace, origin})
		}
	}
	return found
}

type head struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
}

// scanDocument reads the block style in which nearly all manifests are written; of what it does not understand it says nothing.
func scanDocument(document []byte) (found namedDocument) {
	inMetadata, indent := false, -1
	for line := range bytes.Lines(document) {
		text := bytes.TrimLeft(line, " ")
		if len(bytes.TrimSpace(text)) == 0 || text[0] == '#' {
			continue
		}
		depth := len(line) - len(text)
		key, value := keyAndValue(text)
		if depth == 0 {
			inMetadata, indent = key == "metadata" && value == "", -1
			if key == "kind" {
				found.kind = value
			}
			continue
		}
		if !inMetadata {
			continue
		}
		if indent < 0 {
			indent = depth
		}
		if depth == indent && key == "name" {
			found.name = value
		}
		if depth == indent && key == "namespace" {
			found.namespace = value
		}
	}
	return found
}

// keyAndValue of a line; a value that is more than a plain or quoted word is given as it stands, and matches nothing.
func keyAndValue(line []byte) (key, value string) {
	before, after, isPair := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 1024)])), ":")
	if !isPair {
		return "", ""
	}
	after, _, _ = strings.Cut(after, " #")
	return unquoted(before), unquoted(strings.TrimSpace(after))
}

func unquoted(text string) string {
	if len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	return text
}

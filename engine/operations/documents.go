package operations

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
	yamlnode "sigs.k8s.io/yaml/goyaml.v3"

	"presync.dev/engine/protocol"
)

// guessBytes is how far kubectl and Argo CD look for the brace that makes a stream JSON.
const guessBytes = 4096

// document is one entry of a YAML or JSON stream.
type document struct {
	index int    // position in its stream, empty documents counted
	start int    // line of the first byte of text, counted from 1
	line  int    // first line that is neither blank, comment nor separator
	text  []byte // as written
	json  []byte // nil for an empty document
	plain bool   // the stream was read as JSON, not as YAML
}

// documentError says where in its stream reading failed.
type documentError struct {
	line  int
	limit bool
	cause error
}

func (e *documentError) code() string {
	if e.limit {
		return protocol.Limit
	}
	return protocol.Parse
}

func (e *documentError) Error() string { return e.cause.Error() }
func (e *documentError) Unwrap() error { return e.cause }

// decodeText turns UTF-16 and UTF-8 with or without a byte order mark into UTF-8, as kubectl does:
// https://github.com/kubernetes/cli-runtime/blob/v0.37.0/pkg/resource/visitor.go (FileVisitor).
func decodeText(data []byte) ([]byte, error) {
	decoded, _, err := transform.Bytes(textunicode.BOMOverride(textunicode.UTF8.NewDecoder()), data)
	return decoded, err
}

// readDocuments hands over each document of a stream as YAMLOrJSONDecoder would decode it, with its line:
// https://github.com/kubernetes/apimachinery/blob/v0.37.0/pkg/util/yaml/decoder.go.
// A document that cannot be converted comes with an error; visit decides whether the next one is read.
func readDocuments(data []byte, maxBytes int64, visit func(document, *documentError) error) error {
	stream := &documentStream{data: data, line: 1, maxBytes: maxBytes, visit: visit}
	if !kubeyaml.IsJSONBuffer(data[:min(len(data), guessBytes)]) {
		return stream.readYAML(data)
	}
	rest, err := stream.readJSON()
	if err != nil || rest == nil {
		return err
	}
	return stream.readYAML(rest)
}

type documentStream struct {
	data     []byte
	line     int
	index    int
	maxBytes int64
	visit    func(document, *documentError) error
	jsonErr  error // what upstream reports when the stream is neither JSON nor YAML
}

// readJSON returns what is left for the YAML reader: upstream gives up on JSON only while it has seen one object or none.
func (s *documentStream) readJSON() ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(s.data))
	var consumed int64
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return s.afterJSON(err, consumed)
		}
		text := s.data[consumed:decoder.InputOffset()]
		consumed = decoder.InputOffset()
		if err := s.emit(document{text: text, json: raw, plain: true}, nil); err != nil {
			return nil, err
		}
		s.line += bytes.Count(text, []byte("\n"))
	}
}

func (s *documentStream) afterJSON(cause error, consumed int64) ([]byte, error) {
	rest, found := s.skipToYAML(s.data[consumed:])
	if s.index > 1 || !found {
		failed := &documentError{line: s.line, limit: isLimit(cause), cause: cause}
		return nil, s.emit(document{text: s.data[consumed:]}, failed)
	}
	s.jsonErr = cause
	return rest, nil
}

// skipToYAML is consumeWhitespace upstream: up to and including one line end, and never within the last three bytes.
func (s *documentStream) skipToYAML(rest []byte) ([]byte, bool) {
	for len(rest) >= 4 {
		character, size := utf8.DecodeRune(rest)
		switch {
		case character == utf8.RuneError:
			return nil, false
		case !unicode.IsSpace(character):
			return rest, true
		case character == '\n':
			s.line++
			return rest[size:], true
		}
		rest = rest[size:]
	}
	return nil, false
}

func (s *documentStream) readYAML(data []byte) error {
	reader := kubeyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	base := s.line
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			// The reader does not say where; what follows a broken separator is not read.
			return s.emit(document{}, &documentError{line: base + brokenSeparator(data), cause: err})
		}
		if err := s.emitYAML(text); err != nil {
			return err
		}
		// The reader leaves out exactly the separator line that ended the document.
		s.line += bytes.Count(text, []byte("\n")) + 1
	}
}

func (s *documentStream) emitYAML(text []byte) error {
	if err := refuseBomb(text, s.maxBytes); err != nil {
		err.line += s.line - 1
		return s.emit(document{text: text}, err)
	}
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		failed := &documentError{line: s.line, limit: isLimit(err), cause: err}
		if at := lineOf(err.Error()); at > 0 {
			failed.line += at - 1
		}
		if s.jsonErr != nil {
			failed.cause = s.jsonErr
		}
		return s.emit(document{text: text}, failed)
	}
	s.jsonErr = nil
	return s.emit(document{text: text, json: converted}, nil)
}

func (s *documentStream) emit(found document, failed *documentError) error {
	found.index = s.index
	found.start = s.line
	found.line = s.line + leadingLines(found.text)
	s.index++
	if bytes.Equal(bytes.TrimSpace(found.json), []byte("null")) {
		found.json = nil
	}
	return s.visit(found, failed)
}

// leadingLines counts the blank lines, comments and separators before the content.
func leadingLines(text []byte) int {
	count := 0
	for line := range bytes.Lines(text) {
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) > 0 && trimmed[0] != '#' && !bytes.HasPrefix(line, []byte("---")) && trimmed[0] != '%' {
			return count
		}
		count++
	}
	return 0
}

// brokenSeparator finds the line that starts like a separator and goes on with something else.
func brokenSeparator(data []byte) int {
	count := 0
	for line := range bytes.Lines(data) {
		if rest, found := bytes.CutPrefix(line, []byte("---")); found {
			if rest = bytes.TrimSpace(rest); len(rest) > 0 && rest[0] != '#' {
				return count
			}
		}
		count++
	}
	return 0
}

var linePattern = regexp.MustCompile(`\bline (\d+)`)

// lineOf reads the line number that the YAML and Jsonnet libraries put only into the text of their errors.
func lineOf(message string) int {
	found := linePattern.FindStringSubmatch(message)
	if found == nil {
		return 0
	}
	line, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return line
}

// isLimit recognises the bounds that the YAML and JSON libraries set themselves; neither has a typed error for them:
// https://github.com/yaml/go-yaml/blob/v2.4.2/decode.go (excessive aliasing), scannerc.go (exceeded max depth).
func isLimit(err error) bool {
	text := err.Error()
	return strings.Contains(text, "excessive aliasing") || strings.Contains(text, "exceeded max depth")
}

// refuseBomb measures a document with its aliases written out before anything writes them out. The library counts
// alias nodes only, so one long string behind many aliases would pass it and fill the memory as JSON.
func refuseBomb(text []byte, maxBytes int64) *documentError {
	if !bytes.ContainsRune(text, '&') || !bytes.ContainsRune(text, '*') {
		return nil
	}
	var root yamlnode.Node
	if err := yamlnode.Unmarshal(text, &root); err != nil {
		return &documentError{line: max(1, lineOf(err.Error())), limit: isLimit(err), cause: err}
	}
	size := expansion{}.size(&root)
	if size <= float64(maxBytes) {
		return nil
	}
	return &documentError{line: 1, limit: true, cause: fmt.Errorf("the aliases of this document expand to more than %d bytes", maxBytes)}
}

// expansion remembers the size of each anchored node; a node inside itself has no finite size.
type expansion map[*yamlnode.Node]float64

func (e expansion) size(node *yamlnode.Node) float64 {
	if node.Kind == yamlnode.AliasNode {
		node = node.Alias
	}
	if known, found := e[node]; found {
		return known
	}
	if node.Anchor != "" {
		e[node] = math.Inf(1)
	}
	total := float64(len(node.Value) + len(`"",`))
	for _, child := range node.Content {
		total += e.size(child)
	}
	if node.Anchor != "" {
		e[node] = total
	}
	return total
}

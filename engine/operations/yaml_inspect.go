package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"sigs.k8s.io/yaml"
	yamlnode "sigs.k8s.io/yaml/goyaml.v3"
)

// inspectDocument reports what the cluster reads otherwise than a person or a YAML 1.2 tool does.
func inspectDocument(found document, report func(line int, code, message string)) {
	if found.plain {
		inspectJSON(found, report)
		return
	}
	decoder := yamlnode.NewDecoder(bytes.NewReader(found.text))
	var root, second yamlnode.Node
	if err := decoder.Decode(&root); err != nil {
		report(found.line, "parse", "the document cannot be searched for duplicate keys: "+err.Error())
		return
	}
	inspection := &inspection{offset: found.start - 1, report: report}
	inspection.node(&root)
	// "..." ends a document without a separator, and only the first document between two separators is read.
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		line := second.Line
		if err != nil {
			line = lineOf(err.Error())
		}
		report(found.start-1+max(1, line), "ignored", "nothing reads what follows the document end marker")
	}
}

type inspection struct {
	offset int
	report func(line int, code, message string)
}

func (i *inspection) node(node *yamlnode.Node) {
	switch node.Kind {
	case yamlnode.MappingNode:
		i.mapping(node)
	case yamlnode.AliasNode:
		i.say(node, "merge", fmt.Sprintf("the value stands at the anchor &%s", node.Value))
	case yamlnode.ScalarNode:
		i.scalar(node)
	default:
		for _, child := range node.Content {
			i.node(child)
		}
	}
}

func (i *inspection) mapping(node *yamlnode.Node) {
	seen := map[string]bool{}
	for at := 0; at+1 < len(node.Content); at += 2 {
		key, value := node.Content[at], node.Content[at+1]
		name := keyName(key)
		if seen[name] {
			i.say(key, "duplicate", fmt.Sprintf("the key %q is set twice; the cluster takes the last", name))
		}
		seen[name] = true
		if key.Tag == "!!merge" {
			i.say(key, "merge", "keys are merged in from elsewhere")
		} else {
			i.node(key)
		}
		i.node(value)
	}
}

func (i *inspection) scalar(node *yamlnode.Node) {
	if node.Style != 0 || !isAmbiguous(node.Value) {
		return
	}
	message := fmt.Sprintf("%s is read as %s by the cluster and as something else by YAML 1.1 or 1.2 tools; quote it or write the value itself", node.Value, asRead(node.Value))
	i.say(node, "ambiguous", message)
}

func (i *inspection) say(node *yamlnode.Node, code, message string) {
	i.report(i.offset+node.Line, code, message)
}

// keyName is the JSON key that a YAML key becomes: 1 and "1" are one key, so are yes and true.
func keyName(key *yamlnode.Node) string {
	if key.Kind == yamlnode.AliasNode {
		key = key.Alias
	}
	if key.Kind != yamlnode.ScalarNode || key.Style != 0 || !mayResolve.MatchString(key.Value) {
		return key.Value
	}
	var text string
	read := asRead(key.Value)
	if err := json.Unmarshal([]byte(read), &text); err == nil {
		return text
	}
	return read
}

// mayResolve is a quick test for plain scalars that may be read as something else than a string.
var mayResolve = regexp.MustCompile(`^([-+.0-9~]|(?i:y|n|yes|no|on|off|true|false|null)$)`)

// asRead is the JSON that the cluster makes of a plain scalar.
func asRead(scalar string) string {
	read, err := yaml.YAMLToJSON([]byte(scalar))
	if err != nil {
		return "an error"
	}
	return string(read)
}

// isAmbiguous tells whether YAML 1.1 and YAML 1.2 give a plain scalar different values. Dates are left out: the
// cluster keeps them as text in either reading. https://yaml.org/type/ and https://yaml.org/spec/1.2.2/#103-core-schema
func isAmbiguous(scalar string) bool {
	return ambiguous.MatchString(scalar)
}

var ambiguous = regexp.MustCompile(`^(?:` +
	`y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF` + // booleans of 1.1
	`|[-+]?0[0-9_]+` + // octal in 1.1
	`|[-+]?0o[0-7]+` + // octal in 1.2
	`|[-+]?0b[01_]+` + // binary in 1.1
	`|[-+]0x[0-9a-fA-F_]+|0x[0-9a-fA-F]*_[0-9a-fA-F_]*` + // 1.2 knows no sign and no underscore here
	`|[-+]?[0-9][0-9]*_[0-9_]*(?:\.[0-9_]*)?|[-+]?[0-9]+\.[0-9]*_[0-9_]*` + // underscores in 1.1
	`|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?` + // base 60 in 1.1
	`|[-+]?[0-9]+[eE][-+]?[0-9]+` + // 1.1 wants a point before an exponent
	`|[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)[eE][0-9]+` + // and a sign in it
	`)$`)

// inspectJSON finds keys that are set twice in one object; encoding/json keeps the last without a word.
func inspectJSON(found document, report func(line int, code, message string)) {
	decoder := json.NewDecoder(bytes.NewReader(found.text))
	walk := &jsonWalk{decoder: decoder, found: found, report: report}
	walk.value()
}

type jsonWalk struct {
	decoder *json.Decoder
	found   document
	report  func(line int, code, message string)
}

func (w *jsonWalk) value() {
	token, err := w.decoder.Token()
	if err != nil {
		return
	}
	switch token {
	case json.Delim('{'):
		w.object()
	case json.Delim('['):
		for w.decoder.More() {
			w.value()
		}
		_, _ = w.decoder.Token()
	}
}

func (w *jsonWalk) object() {
	seen := map[string]bool{}
	for w.decoder.More() {
		token, err := w.decoder.Token()
		name, isText := token.(string)
		if err != nil || !isText {
			return
		}
		if seen[name] {
			before := w.found.text[:w.decoder.InputOffset()]
			w.report(w.found.start+bytes.Count(before, []byte("\n")), "duplicate", fmt.Sprintf("the key %q is set twice; the cluster takes the last", name))
		}
		seen[name] = true
		w.value()
	}
	_, _ = w.decoder.Token()
}

package operations

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	release "helm.sh/helm/v4/pkg/release/v1"

	"presync.dev/engine/protocol"
)

// printed is the standard output of `helm template`: manifests, then hooks.
func (r *helmRender) printed(rendered *release.Release, isUpgrade bool) string {
	var text strings.Builder
	fmt.Fprintln(&text, strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		if r.job.skipHooks {
			break
		}
		if r.input.SkipTests && slices.Contains(hook.Events, release.HookTest) {
			continue
		}
		if r.hides != nil && r.hides(hook, isUpgrade) {
			continue
		}
		fmt.Fprintf(&text, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	return text.String()
}

var sourceLine = regexp.MustCompile(`(?m)\A\s*(?:---[ \t]*\n)?# Source: (.+)$`)

// objects splits the output as Argo CD does (kube.SplitYAML); a document without a source line belongs to the one before.
func (r *helmRender) objects(text string) ([]Object, error) {
	var objects []Object
	budget := newBudget(r.request.Limits)
	source, count := "", map[string]int{}
	err := readDocuments([]byte(text), budget.outputBytes(), func(found document, failed *documentError) error {
		if match := sourceLine.FindSubmatch(found.text); match != nil {
			source = r.folders.locate(strings.TrimSpace(string(match[1])))
		}
		if failed != nil {
			return r.outputError(source, failed)
		}
		if found.json == nil {
			return nil
		}
		if err := budget.addDocument(len(found.json)); err != nil {
			return err
		}
		origin := Origin{}
		if source != "" { // a file of another repository or of a chart from elsewhere has no line in this one
			origin = Origin{Path: source, Document: count[source]}
			count[source]++
		}
		added, err := toObjects(found.json, origin)
		if err != nil {
			return buildError(source, 0, err)
		}
		objects = append(objects, added...)
		return nil
	})
	return objects, err
}

// maxMessage keeps the ends of an error that repeats itself a thousand times, as a recursive include does.
const maxMessage = 4000

func (r *helmRender) outputError(source string, failed *documentError) error {
	code := failed.code()
	if code == protocol.Parse {
		code = protocol.Build
	}
	return &protocol.Error{Code: code, Message: "the rendered output is not valid YAML: " + failed.Error(), Path: source}
}

func (r *helmRender) limitIn(message string, err error) error {
	at, line := r.location(err)
	return &protocol.Error{Code: protocol.Limit, Message: message, Path: at, Line: line}
}

func (r *helmRender) renderError(err error) error {
	var known *protocol.Error
	if errors.As(err, &known) {
		return known
	}
	at, line := r.location(err)
	code := protocol.Build
	if strings.Contains(err.Error(), "values don't meet the specifications of the schema(s)") {
		code = protocol.Schema
	}
	return &protocol.Error{Code: code, Message: shorten(err.Error()), Path: at, Line: line}
}

func shorten(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage/2]+" … "+message[len(message)-maxMessage/2:], "")
}

// templateAt is how Helm and text/template name the place of an error; they have no field for it.
var templateAt = regexp.MustCompile(`([^\s"'(<>:]+/(?:templates|crds|charts)/[^\s"')<>:]+)(?::(\d+))?`)

func (r *helmRender) location(err error) (string, int) {
	if err == nil {
		return "", 0
	}
	found := templateAt.FindStringSubmatch(err.Error())
	if found == nil {
		return ownPath(path.Join(r.source.root, "Chart.yaml")), 0
	}
	line, _ := strconv.Atoi(found[2])
	return r.folders.locate(found[1]), line
}

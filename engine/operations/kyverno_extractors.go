package operations

import (
	"fmt"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// podPaths: where the pods of well-known resources stand:
// https://github.com/kyverno/kyverno/blob/main/pkg/cel/compiler/images.go
var podPaths = map[schema.GroupVersionResource]string{
	{Version: "v1", Resource: "pods"}:                        ".spec",
	{Group: "batch", Version: "v1", Resource: "jobs"}:        ".spec.template.spec",
	{Group: "apps", Version: "v1", Resource: "deployments"}:  ".spec.template.spec",
	{Group: "apps", Version: "v1", Resource: "statefulsets"}: ".spec.template.spec",
	{Group: "apps", Version: "v1", Resource: "daemonsets"}:   ".spec.template.spec",
	{Group: "apps", Version: "v1", Resource: "replicasets"}:  ".spec.template.spec",
	{Group: "batch", Version: "v1", Resource: "cronjobs"}:    ".spec.jobTemplate.spec.template.spec",
}

var containerLists = []string{"containers", "initContainers", "ephemeralContainers"}

// extractors of the resource itself, and those of the policy, which replace one of the same name.
func (c *compiler) extractors(resource schema.GroupVersionResource, own []kyvernoNamed) map[string]cel.Program {
	found := map[string]cel.Program{}
	if path, isKnown := podPaths[resource]; isKnown {
		for _, list := range containerLists {
			expression := fmt.Sprintf("(object != null ? object : oldObject)%s.?%s.orValue([]).map(e, e.image)", path, list)
			found[list] = c.program(list, expression)
		}
	}
	texts, anything := cel.ListType(cel.StringType), cel.ListType(cel.DynType)
	for at, extractor := range own {
		found[extractor.Name] = c.program(fmt.Sprintf("images[%d]", at), extractor.Expression, texts, anything, cel.DynType)
	}
	return found
}

// pinnedKinds are those in which Kyverno puts digests behind tags, by kind alone:
// https://github.com/kyverno/kyverno/blob/main/pkg/utils/api/image.go
var pinnedKinds = map[string][]string{
	"Pod":                   {"spec"},
	"DaemonSet":             {"spec", "template", "spec"},
	"Deployment":            {"spec", "template", "spec"},
	"ReplicaSet":            {"spec", "template", "spec"},
	"ReplicationController": {"spec", "template", "spec"},
	"StatefulSet":           {"spec", "template", "spec"},
	"CronJob":               {"spec", "jobTemplate", "spec", "template", "spec"},
	"Job":                   {"spec", "template", "spec"},
}

// eachPinned calls for every container with an image of such an object.
func eachPinned(kind string, object map[string]any, call func(container map[string]any, image string)) {
	path, isKnown := pinnedKinds[kind]
	if !isKnown {
		return
	}
	pod := object
	for _, key := range path {
		pod, _ = pod[key].(map[string]any)
	}
	for _, name := range containerLists {
		list, _ := pod[name].([]any)
		for _, item := range list {
			container, _ := item.(map[string]any)
			if image, isText := container["image"].(string); isText && image != "" {
				call(container, image)
			}
		}
	}
}

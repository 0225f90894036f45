package operations

import (
	"encoding/json"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// manifestOf is Kustomize's RNode.MarshalJSON without its way through YAML text, wherever writing a node and reading it again gives the
// same; anything else goes the long way, whose oddities the program shows too.
// https://github.com/kubernetes-sigs/kustomize/blob/kyaml/v0.21.3/kyaml/yaml/rnode.go
func manifestOf(resource *yaml.RNode) ([]byte, error) {
	node := resource.YNode()
	if node == nil || node.Kind != yaml.MappingNode || !survivesText(node) {
		return resource.MarshalJSON()
	}
	fields := map[string]any{}
	if err := node.Decode(&fields); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

var simpleTags = map[string]bool{
	"": true, yaml.NodeTagString: true, yaml.NodeTagInt: true, yaml.NodeTagBool: true, yaml.NodeTagFloat: true,
	yaml.NodeTagNull: true, yaml.NodeTagMap: true, yaml.NodeTagSeq: true,
}

// survivesText holds for trees of scalars on one line of printable ASCII. Block texts, anchors and odd tags are left to the library.
func survivesText(node *yaml.Node) bool {
	if !simpleTags[node.Tag] || node.Anchor != "" || node.Kind == yaml.AliasNode || node.Kind == yaml.DocumentNode {
		return false
	}
	for at := range len(node.Value) {
		if node.Value[at] < ' ' || node.Value[at] > '~' {
			return false
		}
	}
	for _, child := range node.Content {
		if !survivesText(child) {
			return false
		}
	}
	return true
}

package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/jeremywohl/flatten"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kubejson "sigs.k8s.io/json"

	"presync.dev/engine/protocol"
)

// declaredSamples are parameter sets for generators whose answer only a network could give. They are kept as they are
// written, as the generators read numbers differently.
type declaredSamples struct {
	SCMProvider             []json.RawMessage            `json:"scmProvider"`
	PullRequest             []json.RawMessage            `json:"pullRequest"`
	Plugin                  map[string][]json.RawMessage `json:"plugin"`
	ClusterDecisionResource []json.RawMessage            `json:"clusterDecisionResource"`
}

// sampleKind is what differs between these generators.
type sampleKind struct {
	name     string
	template func(*v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate
	samples  func(*declaredSamples, *v1alpha1.ApplicationSetGenerator) []json.RawMessage
	params   func(json.RawMessage, *v1alpha1.ApplicationSetGenerator, *v1alpha1.ApplicationSet) (map[string]any, error)
}

// sampleKinds has an entry for each field of ApplicationSetGenerator that asks a network.
var sampleKinds = map[string]sampleKind{
	"SCMProvider": {
		name: "scmProvider",
		template: func(g *v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate {
			return &g.SCMProvider.Template
		},
		samples: func(s *declaredSamples, _ *v1alpha1.ApplicationSetGenerator) []json.RawMessage { return s.SCMProvider },
		params: func(raw json.RawMessage, g *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet) (map[string]any, error) {
			return interpolated(raw, g.SCMProvider.Values, set)
		},
	},
	"PullRequest": {
		name: "pullRequest",
		template: func(g *v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate {
			return &g.PullRequest.Template
		},
		samples: func(s *declaredSamples, _ *v1alpha1.ApplicationSetGenerator) []json.RawMessage { return s.PullRequest },
		params: func(raw json.RawMessage, g *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet) (map[string]any, error) {
			return interpolated(raw, g.PullRequest.Values, set)
		},
	},
	"Plugin": {
		name:     "plugin",
		template: func(g *v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate { return &g.Plugin.Template },
		samples: func(s *declaredSamples, g *v1alpha1.ApplicationSetGenerator) []json.RawMessage {
			return s.Plugin[g.Plugin.ConfigMapRef.Name]
		},
		params: pluginParams,
	},
	"ClusterDecisionResource": {
		name: "clusterDecisionResource",
		template: func(g *v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate {
			return &g.ClusterDecisionResource.Template
		},
		samples: func(s *declaredSamples, _ *v1alpha1.ApplicationSetGenerator) []json.RawMessage {
			return s.ClusterDecisionResource
		},
		params: decisionParams,
	},
	"Oci": {
		name:     "oci",
		template: func(g *v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate { return &g.Oci.Template },
	},
}

// sampledGenerator gives what was declared; where nothing was, the set cannot be predicted.
type sampledGenerator struct {
	kind sampleKind
	run  *setRun
}

var _ generators.Generator = (*sampledGenerator)(nil)

func (s *sampledGenerator) GetRequeueAfter(*v1alpha1.ApplicationSetGenerator) time.Duration {
	return generators.NoRequeueAfter
}

func (s *sampledGenerator) GetTemplate(generator *v1alpha1.ApplicationSetGenerator) *v1alpha1.ApplicationSetTemplate {
	return s.kind.template(generator)
}

func (s *sampledGenerator) GenerateParams(generator *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet, _ client.Client) ([]map[string]any, error) {
	if s.kind.samples == nil {
		return nil, s.unknowable("presync cannot predict it; a list generator can take its place")
	}
	samples := s.kind.samples(&s.run.input.Samples, generator)
	if samples == nil {
		return nil, s.unknowable(fmt.Sprintf("declare the parameter sets to judge by under `%s` in .presync.yaml", s.setting(generator)))
	}
	s.run.warn(fmt.Sprintf("the %s generator asks a network; its apps are those of the %d parameter sets declared under `%s`", s.kind.name, len(samples), s.setting(generator)))
	all := make([]map[string]any, 0, len(samples))
	for at, sample := range samples {
		params, err := s.kind.params(sample, generator, set)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", s.setting(generator), at, err)
		}
		all = append(all, params)
	}
	return all, nil
}

func (s *sampledGenerator) setting(generator *v1alpha1.ApplicationSetGenerator) string {
	if generator.Plugin != nil {
		return "argocd.generators.plugin." + generator.Plugin.ConfigMapRef.Name
	}
	return "argocd.generators." + s.kind.name
}

func (s *sampledGenerator) unknowable(advice string) error {
	message := fmt.Sprintf("what the %s generator finds is known to a running Argo CD alone: %s", s.kind.name, advice)
	return &protocol.Error{Code: protocol.Unsupported, Message: message}
}

// interpolated adds the generator's own values, as appendTemplatedValues does: all rendered from the sample, none from another.
// https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/generators/value_interpolation.go
func interpolated(raw json.RawMessage, values map[string]string, set *v1alpha1.ApplicationSet) (map[string]any, error) {
	var params map[string]any
	if err := kubejson.UnmarshalCaseSensitivePreserveInts(raw, &params); err != nil {
		return nil, err
	}
	return withValues(params, values, set)
}

func withValues(params map[string]any, values map[string]string, set *v1alpha1.ApplicationSet) (map[string]any, error) {
	rendered := make(map[string]string, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text, err := (&utils.Render{}).Replace(values[key], params, set.Spec.GoTemplate, set.Spec.GoTemplateOptions)
		if err != nil {
			return nil, err
		}
		rendered[key] = text
	}
	return addValues(params, rendered, set), nil
}

func addValues(params map[string]any, values map[string]string, set *v1alpha1.ApplicationSet) map[string]any {
	if params == nil {
		params = map[string]any{}
	}
	if set.Spec.GoTemplate && len(values) > 0 {
		params["values"] = values
		return params
	}
	for key, value := range values {
		params["values."+key] = value
	}
	return params
}

// pluginParams is generateParams of https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/generators/plugin.go:
// a sample is one entry of output.parameters that the plugin answers.
func pluginParams(raw json.RawMessage, generator *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet) (map[string]any, error) {
	var params map[string]any
	if err := json.Unmarshal(raw, &params); err != nil {
		return nil, err
	}
	if !set.Spec.GoTemplate {
		flat, err := flatten.Flatten(params, "", flatten.DotStyle)
		if err != nil {
			return nil, err
		}
		params = asTexts(flat)
	}
	if params == nil {
		params = map[string]any{}
	}
	input := map[string]v1alpha1.PluginParameters{"parameters": generator.Plugin.Input.Parameters}
	params["generator"] = map[string]any{"input": input}
	return withValues(params, generator.Plugin.Values, set)
}

// decisionParams is for https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/generators/duck_type.go: all
// parameters are texts, and values are not rendered.
func decisionParams(raw json.RawMessage, generator *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet) (map[string]any, error) {
	var params map[string]any
	if err := kubejson.UnmarshalCaseSensitivePreserveInts(raw, &params); err != nil {
		return nil, err
	}
	return addValues(asTexts(params), generator.ClusterDecisionResource.Values, set), nil
}

func asTexts(values map[string]any) map[string]any {
	shown := make(map[string]any, len(values))
	for key, value := range values {
		shown[key] = fmt.Sprintf("%v", value)
	}
	return shown
}

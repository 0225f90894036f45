package operations

import (
	"encoding/json"
)

type helmInput struct {
	Path                    string              `json:"path"`
	ReleaseName             string              `json:"releaseName"`
	Namespace               string              `json:"namespace"`
	ValueFiles              []string            `json:"valueFiles"`
	IgnoreMissingValueFiles bool                `json:"ignoreMissingValueFiles"`
	Values                  string              `json:"values"`
	ValuesObject            json.RawMessage     `json:"valuesObject"`
	Parameters              []helmParameter     `json:"parameters"`
	FileParameters          []helmFileParameter `json:"fileParameters"`
	KubeVersion             string              `json:"kubeVersion"`
	APIVersions             []string            `json:"apiVersions"`
	SkipCRDs                bool                `json:"skipCrds"`
	SkipTests               bool                `json:"skipTests"`
	SkipSchemaValidation    bool                `json:"skipSchemaValidation"`
	IsUpgrade               bool                `json:"isUpgrade"`
}

// helmTemplate renders a chart folder as `helm template` does when Argo CD calls it:
// https://github.com/helm/helm/blob/v4.3.1/pkg/cmd/template.go and
// https://github.com/argoproj/argo-cd/blob/v3.6.1/util/helm/cmd.go (template).
func helmTemplate(request *Request) (*Result, error) {
	render, err := newHelmRender(request)
	if err != nil {
		return nil, err
	}
	shown := helmPass{upgrade: render.input.IsUpgrade, values: render.values}
	first, err := render.run(shown)
	if err != nil {
		return nil, err
	}
	compared := newComparison(first)
	if first.functions.varied {
		if err := compared.addRandom(render, shown); err != nil {
			return nil, err
		}
	}
	compared.uses["install"] = readsUpgrade(first.chart)
	compared.uses["capabilities"] = render.readsUnknownCapabilities(first.chart)
	return compared.result(render.warnings), nil
}

func newHelmRender(request *Request) (*helmRender, error) {
	render := &helmRender{request: request, budget: newBudget(request.Limits)}
	if err := decodeInput(request, &render.input); err != nil {
		return nil, err
	}
	if err := render.open(); err != nil {
		return nil, err
	}
	var err error
	if render.values, err = chartValues(request.FS, &render.input, render.budget); err != nil {
		return nil, err
	}
	if render.input.SkipSchemaValidation {
		return render, nil
	}
	return render, render.closeSchemas(render.values)
}

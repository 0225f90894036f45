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
	job := &chartJob{}
	if err := decodeInput(request, &job.input); err != nil {
		return nil, err
	}
	root, err := inputFolder(job.input.Path)
	if err != nil {
		return nil, err
	}
	job.input.Path = root
	if err := job.resolveFiles(resolveFile); err != nil {
		return nil, err
	}
	return renderChart(request, job)
}

// chartJob is one rendering of a chart, its files already resolved to paths of the mounts.
type chartJob struct {
	input helmInput
	// Values that come before those of valueFiles, already read.
	texts          []valueText
	valueFiles     []namedFile
	fileParameters []namedFile
	// What only `helm` itself, or Kustomize which calls it, has: --name-template, --no-hooks, a version that nobody shortened, and
	// a chart whose missing dependencies nobody fetches.
	nameTemplate     string
	skipHooks        bool
	exactKubeVersion bool
	asItLies         bool
	// The APIs are a list that nobody adds to, see clusterFacts.
	exactAPIs bool
}

// renderChart renders twice where the first time shows that the result may be another each time.
func renderChart(request *Request, job *chartJob) (*Result, error) {
	render, err := newHelmRender(request, job)
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
	if err := compared.addClusters(render, render.run); err != nil {
		return nil, err
	}
	return compared.result(render.warnings), nil
}

func newHelmRender(request *Request, job *chartJob) (*helmRender, error) {
	render := &helmRender{request: request, job: job, input: job.input, budget: newBudget(request.Limits), asked: newClusterQuestions()}
	render.facts = newClusterFacts(&render.input, job.exactAPIs)
	if err := render.open(); err != nil {
		return nil, err
	}
	var err error
	if render.values, err = chartValues(request, job, render.budget); err != nil {
		return nil, err
	}
	if render.input.SkipSchemaValidation {
		return render, nil
	}
	return render, render.closeSchemas(render.values)
}

// Command argocd renders sources of Applications with the code of Argo CD's repo server: one request a line in, one answer a line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	apppath "github.com/argoproj/argo-cd/v3/util/app/path"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/argoproj/argo-cd/v3/util/git"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/api/resource"
)

// request is the input of the engine's argocd.source, beside the folder that holds the files.
type request struct {
	Folder string                     `json:"folder"`
	Source v1alpha1.ApplicationSource `json:"source"`
	App    struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		Project   string `json:"project"`
	} `json:"app"`
	ControllerNamespace string `json:"controllerNamespace"`
	Destination         struct {
		Namespace string `json:"namespace"`
	} `json:"destination"`
	KubeVersion           string   `json:"kubeVersion"`
	APIVersions           []string `json:"apiVersions"`
	KustomizeBuildOptions string   `json:"kustomizeBuildOptions"`
	HasMultipleSources    bool     `json:"hasMultipleSources"`
}

type answer struct {
	Objects    []json.RawMessage `json:"objects"`
	SourceType string            `json:"sourceType,omitempty"`
	Failed     string            `json:"failed,omitempty"`
}

func main() {
	logrus.SetOutput(io.Discard)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(answerTo(lines.Bytes())); err != nil {
			panic(err)
		}
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

func answerTo(line []byte) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Failed: fmt.Sprintf("not a request: %v", err)}
	}
	made, err := render(&asked)
	if err != nil {
		return answer{Failed: err.Error()}
	}
	result := answer{SourceType: made.SourceType}
	for _, manifest := range made.Manifests {
		result.Objects = append(result.Objects, json.RawMessage(manifest))
	}
	return result
}

// render asks as the controller does: https://github.com/argoproj/argo-cd/blob/v3.6.1/controller/state.go (GetRepoObjs).
// No tracking is asked for, which would be put onto every object.
func render(asked *request) (*apiclient.ManifestResponse, error) {
	source := argo.NormalizeSource(&asked.Source)
	folder := asked.Folder
	if source.Chart == "" {
		inside, err := apppath.Path(asked.Folder, source.Path)
		if err != nil {
			return nil, err
		}
		folder = inside
	}
	app := v1alpha1.Application{}
	app.Name, app.Namespace = asked.App.Name, asked.App.Namespace
	q := &apiclient.ManifestRequest{
		Repo:               &v1alpha1.Repository{Repo: source.RepoURL},
		Revision:           source.TargetRevision,
		AppName:            app.InstanceName(asked.ControllerNamespace),
		Namespace:          asked.Destination.Namespace,
		ProjectName:        asked.App.Project,
		ApplicationSource:  source,
		KubeVersion:        asked.KubeVersion,
		ApiVersions:        asked.APIVersions,
		KustomizeOptions:   &v1alpha1.KustomizeOptions{BuildOptions: asked.KustomizeBuildOptions},
		HasMultipleSources: asked.HasMultipleSources,
		ProjectSourceRepos: []string{"*"},
	}
	// What argocd-cm has by default: https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values-files-from-external-urls
	q.HelmOptions = &v1alpha1.HelmOptions{ValuesFileSchemes: []string{"https", "http"}}
	limit := resource.MustParse("10M") // reposerver.max.combined.directory.manifests.size
	paths := utilio.NewRandomizedTempPaths(os.TempDir())
	return repository.GenerateManifests(context.Background(), folder, asked.Folder, source.TargetRevision, q, false, git.NoopCredsStore{}, limit, paths)
}

package operations

import (
	"maps"
	"regexp"
	"slices"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
)

// buildEnvironment is what `$NAME` in an Application stands for: https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/
// The revision is not known before the merge, so its names stay as they are written.
type buildEnvironment struct {
	known v1alpha1.Env
	left  map[string]bool
}

// newBuildEnvironment is newEnv of https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go.
func newBuildEnvironment(input *argocdSourceInput, source *v1alpha1.ApplicationSource) *buildEnvironment {
	project := input.App.Project
	if project == "" {
		project = v1alpha1.DefaultAppProjectName
	}
	return &buildEnvironment{left: map[string]bool{}, known: v1alpha1.Env{
		{Name: "ARGOCD_APP_NAME", Value: instanceName(input)},
		{Name: "ARGOCD_APP_NAMESPACE", Value: input.Destination.Namespace},
		{Name: "ARGOCD_APP_PROJECT_NAME", Value: project},
		{Name: "ARGOCD_APP_SOURCE_REPO_URL", Value: source.RepoURL},
		{Name: "ARGOCD_APP_SOURCE_PATH", Value: source.Path},
		{Name: "ARGOCD_APP_SOURCE_TARGET_REVISION", Value: source.TargetRevision},
	}}
}

// instanceName is what the repo server is told as the name of the app.
func instanceName(input *argocdSourceInput) string {
	return argo.AppInstanceName(input.App.Name, input.App.Namespace, input.ControllerNamespace)
}

// revisionNames also matches `$$`, so that what is escaped is passed over as Envsubst does.
var revisionNames = regexp.MustCompile(`\$\$|\$\{(ARGOCD_APP_REVISION(?:_SHORT(?:_8)?)?)\}|\$(ARGOCD_APP_REVISION\w*)`)

var isRevision = map[string]bool{"ARGOCD_APP_REVISION": true, "ARGOCD_APP_REVISION_SHORT": true, "ARGOCD_APP_REVISION_SHORT_8": true}

func (e *buildEnvironment) substitute(text string) string {
	escaped := revisionNames.ReplaceAllStringFunc(text, func(found string) string {
		parts := revisionNames.FindStringSubmatch(found)
		name := parts[1] + parts[2]
		if !isRevision[name] {
			return found
		}
		e.left[name] = true
		return "$" + found
	})
	return e.known.Envsubst(escaped)
}

func (e *buildEnvironment) warnings() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(e.left)) {
		all = append(all, "$"+name+" stays as it is written, because the revision is not known before the merge")
	}
	return all
}

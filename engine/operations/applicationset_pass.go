package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
	_ "unsafe" // for go:linkname

	"github.com/Masterminds/sprig/v3"
	appsettemplate "github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/sirupsen/logrus"

	"presync.dev/engine/protocol"
)

// argoTemplate is the template that every Go template of an ApplicationSet is a clone of. Its functions cannot be handed
// in: https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/utils/utils.go (baseTemplate).
//
//go:linkname argoTemplate github.com/argoproj/argo-cd/v3/applicationset/utils.baseTemplate
var argoTemplate *template.Template

// setPass is one generation; the second one, with variant 1, has other random values and another time.
type setPass struct {
	variant  int
	varied   bool
	uses     map[string]bool
	objects  []Object
	problems []protocol.Problem
}

func (r *setRun) generate(variant int) (pass *setPass, err error) {
	functions := newTemplateFunctions(variant, r.budget.outputBytes())
	defer replaceFunctions(functions)()
	pass = &setPass{variant: variant, uses: functions.uses}
	defer func() {
		// As the controller's Reconcile does: what panics here is something that the author wrote.
		if panicked := recover(); panicked != nil {
			pass, err = nil, buildError("", 0, fmt.Errorf("Argo CD gives up on this ApplicationSet: %v", panicked))
		}
	}()
	apps, err := r.render(setGenerators(r, pass))
	if functions.exceeded != "" {
		return nil, limitError(functions.exceeded)
	}
	if err != nil {
		return nil, err
	}
	pass.varied = pass.varied || functions.varied
	return pass, pass.collect(r, apps)
}

// replaceFunctions puts counted and repeatable functions into Argo CD's templates, and gives back what restores them.
// Argo CD has no lookup.
func replaceFunctions(functions *templateFunctions) func() {
	table, original := functions.table(), sprig.GenericFuncMap()
	delete(table, "lookup")
	restored := template.FuncMap{}
	for name := range table {
		restored[name] = original[name]
	}
	argoTemplate.Funcs(table)
	return func() { argoTemplate.Funcs(restored) }
}

func (r *setRun) render(from map[string]generators.Generator) ([]v1alpha1.Application, error) {
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	quiet.SetLevel(logrus.PanicLevel)
	renderer := &boundedRenderer{Renderer: &utils.Render{}, budget: newBudget(r.request.Limits)}
	apps, _, err := appsettemplate.GenerateApplications(logrus.NewEntry(quiet), *r.set.DeepCopy(), from, renderer, r.client)
	if err != nil {
		// Argo CD applies nothing then, though the function returns the apps that it could make.
		return nil, err
	}
	return apps, nil
}

// boundedRenderer ends a set whose generators multiply without measure.
type boundedRenderer struct {
	utils.Renderer
	budget *budget
}

func (b *boundedRenderer) RenderTemplateParams(app *v1alpha1.Application, policy *v1alpha1.ApplicationSetSyncPolicy, params map[string]any, useGoTemplate bool, options []string) (*v1alpha1.Application, error) {
	if err := b.budget.addDocument(0); err != nil {
		return nil, err
	}
	return b.Renderer.RenderTemplateParams(app, policy, params, useGoTemplate, options)
}

// collect drops what the controller drops, and normalises and sorts the rest as it does before it applies:
// https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/controllers/applicationset_controller.go (validateGeneratedApplications).
func (p *setPass) collect(run *setRun, apps []v1alpha1.Application) error {
	slices.SortStableFunc(apps, func(a, b v1alpha1.Application) int { return strings.Compare(a.Name, b.Name) })
	count := map[string]int{}
	for _, app := range apps {
		count[app.Name]++
	}
	budget := newBudget(run.request.Limits)
	reported := map[string]bool{}
	for _, app := range apps {
		if reason := dropped(&app, run.set.Name, count[app.Name]); reason != "" {
			if !reported[reason] {
				p.problems = append(p.problems, protocol.Problem{Code: "ignored", Message: reason})
			}
			reported[reason] = true
			continue
		}
		object, err := applicationObject(&app)
		if err != nil {
			return err
		}
		run.client.exists(app.Spec.GetProject())
		if err := budget.addDocument(len(object.Manifest)); err != nil {
			return err
		}
		p.objects = append(p.objects, object)
	}
	return nil
}

func dropped(app *v1alpha1.Application, set string, count int) string {
	switch {
	case app.Name == "" && count == 1:
		return fmt.Sprintf("ApplicationSet %s generates an app without a name, which Argo CD drops; a name must come from metadata.name of the template or from templatePatch", set)
	case app.Name == "":
		return fmt.Sprintf("ApplicationSet %s generates %d apps without a name, which Argo CD drops; a name must come from metadata.name of the template or from templatePatch", set, count)
	case count > 1:
		return fmt.Sprintf("ApplicationSet %s generates %d apps with the name %s; Argo CD applies none of them, and leaves one that is there as it is", set, count, app.Name)
	}
	if _, err := argo.GetDestinationServer(context.Background(), app.Spec.Destination, anyCluster{}); err != nil {
		return fmt.Sprintf("ApplicationSet %s generates the app %s, which Argo CD drops: application destination spec is invalid: %v", set, app.Name, err)
	}
	return ""
}

// anyCluster takes every name for a cluster that exists: which ones do is more than a repository can say.
type anyCluster struct{}

func (anyCluster) GetCluster(context.Context, string) (*v1alpha1.Cluster, error) {
	return nil, errors.New("no cluster is looked up here")
}

func (anyCluster) GetClusterServersByName(_ context.Context, name string) ([]string, error) {
	return []string{name}, nil
}

// applicationObject has the fields that createOrUpdateInCluster copies.
func applicationObject(app *v1alpha1.Application) (Object, error) {
	metadata := map[string]any{"name": app.Name, "namespace": app.Namespace}
	if len(app.Labels) > 0 {
		metadata["labels"] = app.Labels
	}
	if len(app.Annotations) > 0 {
		metadata["annotations"] = app.Annotations
	}
	if len(app.Finalizers) > 0 {
		metadata["finalizers"] = app.Finalizers
	}
	manifest := map[string]any{
		"apiVersion": v1alpha1.SchemeGroupVersion.String(), "kind": "Application", "metadata": metadata,
		"spec": argo.NormalizeApplicationSpec(&app.Spec),
	}
	if app.Operation != nil {
		manifest["operation"] = app.Operation
	}
	encoded, err := json.Marshal(manifest)
	return Object{Manifest: encoded}, err
}

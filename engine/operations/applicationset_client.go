package operations

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// setClient answers the two questions that generators put to the cluster of Argo CD: which clusters are registered, and
// what a project demands. Any other method of the interface is nil, and a call to it ends the request.
type setClient struct {
	client.Client
	secrets  []corev1.Secret
	projects map[string]*v1alpha1.AppProject
	run      *setRun
}

func newSetClient(run *setRun) (*setClient, error) {
	c := &setClient{projects: map[string]*v1alpha1.AppProject{v1alpha1.DefaultAppProjectName: {}}, run: run}
	for _, raw := range run.input.Projects {
		project := &v1alpha1.AppProject{}
		if err := json.Unmarshal(raw, project); err != nil {
			return nil, buildError("", 0, fmt.Errorf("an AppProject cannot be read: %w", err))
		}
		c.projects[project.Name] = project
	}
	for _, cluster := range run.input.Clusters {
		c.secrets = append(c.secrets, cluster.secret())
	}
	return c, nil
}

func (c declaredCluster) secret() corev1.Secret {
	secret := corev1.Secret{Data: map[string][]byte{"name": []byte(c.Name), "server": []byte(c.Server)}}
	if c.Project != "" {
		secret.Data["project"] = []byte(c.Project)
	}
	secret.Name = c.Name
	secret.Annotations = c.Annotations
	secret.Labels = map[string]string{common.LabelKeySecretType: common.LabelValueSecretTypeCluster}
	maps.Copy(secret.Labels, c.Labels)
	return secret
}

func (c *setClient) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	secrets, isSecrets := list.(*corev1.SecretList)
	if !isSecrets {
		return fmt.Errorf("presync cannot list %T", list)
	}
	wanted := &client.ListOptions{}
	wanted.ApplyOptions(options)
	for _, secret := range c.secrets {
		if wanted.LabelSelector == nil || wanted.LabelSelector.Matches(labels.Set(secret.Labels)) {
			secrets.Items = append(secrets.Items, *secret.DeepCopy())
		}
	}
	return nil
}

// Get takes a project that nobody declared for one without demands, and says so: it may be written elsewhere.
func (c *setClient) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	project, isProject := object.(*v1alpha1.AppProject)
	if !isProject {
		return fmt.Errorf("presync cannot look up %T %s", object, key)
	}
	c.exists(key.Name)
	if known := c.projects[key.Name]; known != nil {
		known.DeepCopyInto(project)
		return nil
	}
	project.Name, project.Namespace = key.Name, key.Namespace
	return nil
}

// exists warns of a project without which Argo CD generates nothing, or drops the app.
func (c *setClient) exists(project string) {
	if c.projects[project] == nil && project != "" {
		c.run.warn(fmt.Sprintf("AppProject %s is not among the projects that presync knows; where it does not exist, Argo CD does not generate apps of it", project))
	}
}

package operations

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// setGenerators is GetGenerators of Argo CD with every generator that asks a network replaced, at each of the three
// levels: matrix and merge keep the map that they are given.
// https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/generators/utils.go
func setGenerators(run *setRun, pass *setPass) map[string]generators.Generator {
	repos := &setRepos{run: run}
	namespace := run.input.ApplicationNamespace
	terminal := map[string]generators.Generator{
		"List":     generators.NewListGenerator(),
		"Clusters": &orderedClusters{Generator: generators.NewClusterGenerator(run.client, namespace), pass: pass},
		"Git":      &watchedGit{Generator: generators.NewGitGenerator(repos, namespace), repos: repos},
	}
	for field, sample := range sampleKinds {
		terminal[field] = &sampledGenerator{kind: sample, run: run}
	}
	return withCombined(withCombined(terminal))
}

// withCombined adds matrix and merge of what there is.
func withCombined(inner map[string]generators.Generator) map[string]generators.Generator {
	outer := maps.Clone(inner)
	outer["Matrix"] = generators.NewMatrixGenerator(inner)
	outer["Merge"] = generators.NewMergeGenerator(inner)
	return outer
}

// kindOf is the field of the first kind of generator that is set; a selector alone is none.
func kindOf(generator *v1alpha1.ApplicationSetGenerator) string {
	value := reflect.ValueOf(generator).Elem()
	for field, content := range value.Fields() {
		if field.Name != "Selector" && content.Kind() == reflect.Pointer && !content.IsNil() {
			return field.Name
		}
	}
	return ""
}

// orderedClusters gives clusters by name, where Argo CD takes them from a map. With flatList the order can reach an
// Application: it is turned round for the second pass, so that what depends on it shows as not predictable.
type orderedClusters struct {
	generators.Generator
	pass *setPass
}

func (c *orderedClusters) GenerateParams(generator *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet, cluster client.Client) ([]map[string]any, error) {
	params, err := c.Generator.GenerateParams(generator, set, cluster)
	if err != nil {
		return nil, err
	}
	if !generator.Clusters.FlatList {
		c.order(params, false)
		return params, nil
	}
	for _, one := range params {
		clusters, _ := one["clusters"].([]map[string]any)
		c.order(clusters, c.pass.variant == 1)
		c.pass.varied = c.pass.varied || len(clusters) > 1
	}
	return params, nil
}

func (c *orderedClusters) order(clusters []map[string]any, reverse bool) {
	slices.SortFunc(clusters, func(a, b map[string]any) int {
		first, _ := a["name"].(string)
		second, _ := b["name"].(string)
		return strings.Compare(first, second)
	})
	if reverse {
		slices.Reverse(clusters)
	}
}

// watchedGit tells the repositories which folders are asked for, so that no others are listed: Argo CD lists all.
type watchedGit struct {
	generators.Generator
	repos *setRepos
}

func (g *watchedGit) GenerateParams(generator *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet, cluster client.Client) ([]map[string]any, error) {
	g.repos.wanted = nil
	if generator.Git != nil {
		for _, item := range generator.Git.Directories {
			if !item.Exclude {
				g.repos.wanted = append(g.repos.wanted, item.Path)
			}
		}
	}
	return g.Generator.GenerateParams(generator, set, cluster)
}

package operations

import (
	"path"
	"strings"

	"sigs.k8s.io/yaml"
)

// chartFolders knows the charts of a source by their folder: "" for the chart itself, "charts/x" for one inside it.
// Helm shows subcharts by name or alias, while folders and archives may be called anything.
type chartFolders struct {
	source  *chartSource
	folders map[string]chartFolder
}

type chartFolder struct {
	Name         string `json:"name"`
	Dependencies []struct {
		Name  string `json:"name"`
		Alias string `json:"alias"`
	} `json:"dependencies"`
}

func newChartFolders(source *chartSource) *chartFolders {
	found := &chartFolders{source: source, folders: map[string]chartFolder{}}
	for _, file := range source.files {
		folder, base := path.Split(file.Name)
		if base != "Chart.yaml" && base != "requirements.yaml" {
			continue
		}
		folder = strings.TrimSuffix(folder, "/")
		known := found.folders[folder]
		if yaml.Unmarshal(file.Data, &known) == nil {
			found.folders[folder] = known
		}
	}
	return found
}

// locate turns "shop/charts/db/templates/x.yaml" into the path of that template; for a packed subchart, of the archive.
func (c *chartFolders) locate(helmPath string) string {
	_, rest, _ := strings.Cut(helmPath, "/")
	folder := ""
	for {
		inside, isSubchart := strings.CutPrefix(rest, "charts/")
		name, after, hasFile := strings.Cut(inside, "/")
		if !isSubchart || !hasFile {
			break
		}
		next, packed := c.subchart(folder, name)
		if packed {
			return c.place(next)
		}
		if next == "" {
			break
		}
		folder, rest = next, after
	}
	return c.place(path.Join(folder, rest))
}

// subchart finds the folder below parent whose chart has the name, or the name behind the alias.
func (c *chartFolders) subchart(parent, name string) (at string, packed bool) {
	for _, dependency := range c.folders[parent].Dependencies {
		if dependency.Alias == name {
			name = dependency.Name
			break
		}
	}
	charts := path.Join(parent, "charts")
	for folder, chart := range c.folders {
		if path.Dir(folder) == charts && chart.Name == name {
			return folder, false
		}
	}
	for _, file := range c.source.files {
		base := path.Base(file.Name)
		if path.Dir(file.Name) == charts && strings.HasPrefix(base, name+"-") && path.Ext(base) == ".tgz" {
			return file.Name, true
		}
	}
	return "", false
}

// place is the path in the repository of a path in the chart.
func (c *chartFolders) place(inChart string) string {
	for folder, root := range c.source.moved {
		if rest, inside := strings.CutPrefix(inChart, folder+"/"); inside {
			return ownPath(path.Join(root, rest))
		}
	}
	return ownPath(path.Join(c.source.root, inChart))
}

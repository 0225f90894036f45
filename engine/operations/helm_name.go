package operations

import (
	"maps"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// render is --name-template: https://github.com/helm/helm/blob/v4.3.1/pkg/action/install.go (TemplateName). What sprig reads from the
// machine is no function here.
func (f *templateFunctions) render(name, text string) (string, error) {
	functions := sprig.TxtFuncMap()
	maps.Copy(functions, f.table())
	for _, machine := range []string{"env", "expandenv", "getHostByName", "lookup"} {
		delete(functions, machine)
	}
	parsed, err := template.New(name).Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var rendered strings.Builder
	if err := parsed.Execute(&rendered, nil); err != nil {
		return "", err
	}
	return rendered.String(), nil
}

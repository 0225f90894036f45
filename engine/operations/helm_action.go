package operations

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	kubefake "helm.sh/helm/v4/pkg/kube/fake"
	releaser "helm.sh/helm/v4/pkg/release"
	releasecommon "helm.sh/helm/v4/pkg/release/common"
	release "helm.sh/helm/v4/pkg/release/v1"
	"helm.sh/helm/v4/pkg/storage"
	"helm.sh/helm/v4/pkg/storage/driver"
)

// text is what Helm prints for one pass. helm.template follows the program, whose --is-upgrade is an install that says otherwise;
// a HelmRelease is upgraded as helm-controller does, with the revision that follows.
func (r *helmRender) text(loaded *chart.Chart, functions *templateFunctions, pass helmPass) (string, error) {
	configuration := action.NewConfiguration(action.ConfigurationSetLogger(slog.NewTextHandler(io.Discard, nil)))
	configuration.CustomTemplateFuncs = functions.table()
	named, err := r.named(functions, pass)
	if err != nil {
		return "", err
	}
	var released releaser.Releaser
	if pass.upgrade && r.hasRevision {
		released, err = r.upgrade(configuration, named, loaded, pass)
	} else {
		released, err = r.install(configuration, named, loaded, pass)
	}
	if err != nil {
		return "", err
	}
	rendered, isRelease := released.(*release.Release)
	if !isRelease {
		return "", fmt.Errorf("helm returned a %T", released)
	}
	if pass.upgrade && r.hasRevision && !r.input.SkipCRDs {
		rendered.Manifest = crdsOf(loaded) + rendered.Manifest
	}
	return r.printed(rendered, pass.upgrade), nil
}

// namedRelease is what every pass of a chart is called by, and for which Kubernetes.
type namedRelease struct {
	name    string
	version *common.KubeVersion
}

func (r *helmRender) named(functions *templateFunctions, pass helmPass) (named namedRelease, err error) {
	if named.name, err = r.releaseName(functions); err != nil {
		return named, err
	}
	named.version, err = r.kubeVersion(pass)
	return named, err
}

func (r *helmRender) install(configuration *action.Configuration, named namedRelease, loaded *chart.Chart, pass helmPass) (releaser.Releaser, error) {
	install := action.NewInstall(configuration)
	install.DryRunStrategy = action.DryRunClient
	install.Replace = true
	install.ReleaseName = named.name
	install.Namespace = r.namespace()
	install.IncludeCRDs = !r.input.SkipCRDs
	install.SkipSchemaValidation = r.input.SkipSchemaValidation
	install.IsUpgrade = pass.upgrade
	install.APIVersions = common.VersionSet(r.input.APIVersions)
	install.KubeVersion = named.version
	install.PostRenderer, install.PostRenderStrategy = r.post, r.strategy
	return install.Run(loaded, copyValues(pass.values))
}

// upgrade needs a cluster that answers and a release to follow; both are made up, as Helm's own client dry run does for installs.
func (r *helmRender) upgrade(configuration *action.Configuration, named namedRelease, loaded *chart.Chart, pass helmPass) (releaser.Releaser, error) {
	configuration.Capabilities = common.DefaultCapabilities.Copy()
	if named.version != nil {
		configuration.Capabilities.KubeVersion = *named.version
	}
	configuration.Capabilities.APIVersions = append(configuration.Capabilities.APIVersions, r.input.APIVersions...)
	configuration.KubeClient = &kubefake.PrintingKubeClient{Out: io.Discard}
	memory := driver.NewMemory()
	memory.SetNamespace(r.namespace())
	configuration.Releases = storage.Init(memory)
	deployed := &release.Release{
		Name: named.name, Namespace: r.namespace(), Version: 1, Chart: loaded,
		Info: &release.Info{Status: releasecommon.StatusDeployed},
	}
	if err := configuration.Releases.Create(deployed); err != nil {
		return nil, err
	}
	upgrade := action.NewUpgrade(configuration)
	upgrade.DryRunStrategy = action.DryRunClient
	upgrade.Namespace = r.namespace()
	upgrade.ResetValues = true
	upgrade.SkipSchemaValidation = r.input.SkipSchemaValidation
	upgrade.PostRenderer, upgrade.PostRenderStrategy = r.post, r.strategy
	return upgrade.Run(named.name, loaded, copyValues(pass.values))
}

// crdsOf prints what IncludeCRDs adds to an install; no post-renderer sees it there either.
func crdsOf(loaded *chart.Chart) string {
	var text strings.Builder
	for _, crd := range loaded.CRDObjects() {
		fmt.Fprintf(&text, "---\n# Source: %s\n%s\n", crd.Filename, crd.File.Data)
	}
	return text.String()
}

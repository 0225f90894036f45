package operations

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/kustomize/api/krusty"

	"presync.dev/engine/protocol"
)

// buildOptions are the flags of `kustomize build` that kustomize.buildOptions of argocd-cm holds, as far as they change a build here:
// https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/kustomize/commands/build/build.go (NewCmdBuild)
type buildOptions struct {
	loadRestrictor string
	enableHelm     bool
	kubeVersion    string
	apiVersions    []string
	order          krusty.ReorderOption
}

// parseBuildOptions splits at spaces, as Argo CD does, and reads flags with the library that Kustomize reads them with. What would
// make another build of it than presync can is refused by name.
func parseBuildOptions(text string, withoutPlugins bool) (buildOptions, error) {
	flags := pflag.NewFlagSet("kustomize build", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	restrictor := flags.String("load-restrictor", "", "")
	helm := flags.Bool("enable-helm", false, "")
	apiVersions := flags.StringArray("helm-api-versions", nil, "")
	kubeVersion := flags.String("helm-kube-version", "", "")
	helmCommand := flags.String("helm-command", "helm", "")
	order := flags.String("reorder", "", "")
	programs := flags.Bool("enable-alpha-plugins", false, "")
	execs := flags.Bool("enable-exec", false, "")
	// These are for programs and containers, which are never started.
	for _, name := range []string{"as-current-user", "network", "helm-debug"} {
		flags.Bool(name, false, "")
	}
	flags.String("network-name", "", "")
	flags.StringArray("mount", nil, "")
	flags.StringArrayP("env", "e", nil, "")
	if err := flags.Parse(strings.Fields(text)); err != nil {
		return buildOptions{}, badBuildOptions(err)
	}
	switch {
	case flags.NArg() > 0:
		return buildOptions{}, optionError(protocol.Build, "have %q, which is no option; kustomize build takes one folder, and Argo CD names it", flags.Arg(0))
	case *programs && !withoutPlugins:
		return buildOptions{}, optionError(protocol.Unsupported, "have --enable-alpha-plugins, which lets a build start programs and containers; presync never does")
	case *execs && !withoutPlugins:
		return buildOptions{}, optionError(protocol.Unsupported, "have --enable-exec, which lets a build start programs; presync never does")
	case *helmCommand != "helm":
		return buildOptions{}, optionError(protocol.Unsupported, "have --helm-command, another Helm than presync has")
	}
	options := buildOptions{enableHelm: *helm || *programs, kubeVersion: *kubeVersion, apiVersions: *apiVersions, order: krusty.ReorderOptionUnspecified}
	switch *restrictor {
	case "", "LoadRestrictionsRootOnly":
		options.loadRestrictor = "root"
	case "LoadRestrictionsNone", "none":
		options.loadRestrictor = "none"
	default:
		return options, optionError(protocol.Build, "have --load-restrictor %s; Kustomize knows LoadRestrictionsRootOnly and LoadRestrictionsNone", *restrictor)
	}
	switch {
	case !flags.Changed("reorder"):
	case *order == "legacy" || *order == "none":
		options.order = krusty.ReorderOption(*order)
	default:
		return options, optionError(protocol.Build, "have --reorder %s; Kustomize knows legacy and none", *order)
	}
	return options, nil
}

func badBuildOptions(err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		return optionError(protocol.Unsupported, "have an option that presync does not know: %s", strings.TrimPrefix(unknown.Error(), "unknown "))
	}
	return optionError(protocol.Build, "cannot be read: %s", err)
}

func optionError(code, format string, values ...any) error {
	return &protocol.Error{Code: code, Message: "the Kustomize build options (kustomize.buildOptions of argocd-cm) " + fmt.Sprintf(format, values...)}
}

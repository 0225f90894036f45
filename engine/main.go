// The engine: Helm, Kustomize, Argo CD, Flux and Kubernetes as libraries behind stdin and stdout, without files, network or programs.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	_ "time/tzdata"

	"presync.dev/engine/operations"
	"presync.dev/engine/protocol"
	"presync.dev/engine/sandbox"
)

const (
	// Beyond the soft limit Go collects hard, beyond the hard one the process ends and only its request is lost.
	softMemoryBytes = 1 << 30
	hardMemoryBytes = 3 << 30
	// Renders leave much garbage and little to keep; see bench/render.
	gcPercent = 400
)

func main() {
	stderr := os.Stderr
	if err := run(); err != nil {
		fmt.Fprintln(stderr, "presync-engine:", err)
		os.Exit(1)
	}
}

func run() error {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(softMemoryBytes)
	runtime.GOMAXPROCS(2)
	time.Local = time.UTC
	os.Clearenv()
	captured, err := captureWarnings()
	if err != nil {
		return err
	}
	operations.Warm()
	kind, err := sandbox.Enter(hardMemoryBytes)
	if err != nil {
		return fmt.Errorf("the sandbox cannot be entered: %w", err)
	}
	session := newSession(os.Stdin, os.Stdout, defaultLimits)
	session.warnings = captured
	ready := protocol.Ready{Protocol: protocol.Version, Versions: versions(), Sandbox: kind}
	if err := session.send(protocol.Outgoing{Ready: &ready}); err != nil {
		return err
	}
	return session.serve()
}

// linked names the modules whose behaviour a render shows.
var linked = map[string]string{
	"helm.sh/helm/v4":                    "helm",
	"sigs.k8s.io/kustomize/kustomize/v5": "kustomize",
	"github.com/argoproj/argo-cd/v3":     "argocd",
	"github.com/fluxcd/pkg/kustomize":    "flux",
	"k8s.io/apimachinery":                "kubernetes",
	"github.com/google/go-jsonnet":       "jsonnet",
}

func versions() map[string]string {
	found := map[string]string{"engine": "1"}
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		name, wanted := linked[module.Path]
		if !wanted {
			continue
		}
		if module.Replace != nil {
			module = module.Replace
		}
		found[name] = strings.TrimPrefix(module.Version, "v")
	}
	// Kubernetes 1.37 is k8s.io v0.37: https://github.com/kubernetes/client-go#versioning
	if library, minor := strings.CutPrefix(found["kubernetes"], "0."); minor {
		found["kubernetes"] = "1." + library
	}
	return found
}

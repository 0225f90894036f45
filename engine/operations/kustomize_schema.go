package operations

import (
	"errors"

	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// schemaBase is what a custom `openapi` of a kustomization finds before it. The products disagree: for `kustomize build`, a process of
// its own, it takes the place of the built-in schema; Flux loads the built-in schema first, so it adds to it.
// https://github.com/fluxcd/pkg/blob/kustomize/v1.44.0/kustomize/kustomize_generator.go (resetOpenAPIWithBuiltins)
type schemaBase int

const (
	freshSchema schemaBase = iota
	builtinSchema
)

// schemaState knows whether the one global of Kustomize is as a build without a custom schema leaves it. A custom schema stays in the
// process and changes later builds (measured both ways), and a reset costs 40 ms, so it is done only around builds that use one.
type schemaState struct{ custom bool }

var schemas = &schemaState{}

// errSchemaSeen stops a build that has to start again.
var errSchemaSeen = errors.New("a kustomization has a schema of its own")

func (s *schemaState) prepare(base schemaBase) {
	if s.custom {
		s.reset()
	}
	if base == builtinSchema {
		_ = openapi.Schema()
	}
}

func (s *schemaState) reset() {
	openapi.ResetOpenAPI()
	s.custom = false
}

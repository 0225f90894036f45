package operations

import (
	"errors"
	"fmt"

	"github.com/gobwas/glob"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiserver/pkg/cel/library"
)

// What one expression may cost, as Kubernetes and Kyverno have it (PerCallLimit):
// https://github.com/kubernetes/apiserver/blob/master/pkg/apis/cel/config.go
const celCostLimit = 1_000_000

// compiledForm is a form of a policy for one kind of object; broken says why it cannot be evaluated.
type compiledForm struct {
	broken           string
	conditions       []cel.Program
	exceptions       [][]cel.Program
	references       []func(image string) (ref.Val, error)
	extractors       map[string]cel.Program
	variables        map[string]cel.Program
	attestors        []compiledAttestor
	validations      []compiledValidation
	auditAnnotations []cel.Program
}

type compiledValidation struct {
	program, message cel.Program
	text             string
}

// kyvernoOptions: https://github.com/kyverno/kyverno/blob/main/pkg/cel/compiler/env.go
func kyvernoOptions() []cel.EnvOption {
	return []cel.EnvOption{
		cel.HomogeneousAggregateLiterals(),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		ext.Bindings(),
		ext.Encoders(),
		ext.Lists(ext.ListsVersion(3)),
		ext.Math(),
		ext.Protos(),
		ext.Sets(),
		ext.Strings(ext.StringsVersion(2)),
		ext.Regex(ext.RegexVersion(1)),
		library.CIDR(),
		library.Format(),
		library.IP(),
		library.Lists(),
		library.Regex(),
		library.URLs(),
		library.Quantity(),
		library.SemverLib(library.SemverVersion(1)),
	}
}

// compiler collects the first fault, so that a policy is either whole or broken.
type compiler struct {
	env   *cel.Env
	fault error
}

// program wants an output of one of the types; none means any.
func (c *compiler) program(where, expression string, wanted ...*cel.Type) cel.Program {
	if c.fault != nil {
		return nil
	}
	ast, issues := c.env.Compile(expression)
	if issues.Err() != nil {
		c.fault = fmt.Errorf("%s: %w", where, issues.Err())
		return nil
	}
	isWanted := len(wanted) == 0
	for _, one := range wanted {
		isWanted = isWanted || ast.OutputType().IsExactType(one)
	}
	if !isWanted {
		c.fault = fmt.Errorf("%s: output is expected to be of type %s", where, wanted[0].TypeName())
		return nil
	}
	program, err := c.env.Program(ast, cel.CostLimit(celCostLimit))
	if err != nil {
		c.fault = fmt.Errorf("%s: %w", where, err)
	}
	return program
}

func (c *compiler) optional(where, expression string, wanted ...*cel.Type) cel.Program {
	if expression == "" {
		return nil
	}
	return c.program(where, expression, wanted...)
}

// compiledFor compiles in the order of https://github.com/kyverno/kyverno/blob/main/pkg/image/verification/evaluator/compiler.go
func (r *kyvernoRun) compiledFor(form *kyvernoForm, a *admissionRequest) *compiledForm {
	kind := a.resource.String()
	if known, isKnown := form.compiled[kind]; isKnown {
		return known
	}
	compiled := &compiledForm{}
	form.compiled[kind] = compiled
	if err := r.compile(form, a, compiled); err != nil {
		compiled.broken = "it cannot be compiled here: " + firstLine(err.Error())
	}
	return compiled
}

func (r *kyvernoRun) compile(form *kyvernoForm, a *admissionRequest, into *compiledForm) error {
	base, err := cel.NewEnv(kyvernoOptions()...)
	if err != nil {
		return err
	}
	variables := &variablesProvider{Provider: base.CELTypeProvider(), fields: map[string]*types.Type{}}
	env, err := base.Extend(r.kyvernoEnvironment(form, variables)...)
	if err != nil {
		return err
	}
	c := &compiler{env: env}
	spec := form.spec
	into.conditions = c.matchConditions("matchConditions", spec.MatchConditions)
	if into.references, err = imageReferences(spec.MatchImageReferences); err != nil {
		return err
	}
	into.extractors = c.extractors(a.resource, spec.Images)
	into.variables = map[string]cel.Program{}
	for at, variable := range spec.Variables {
		where := fmt.Sprintf("variables[%d]", at)
		if program := c.program(where, variable.Expression); c.fault == nil {
			into.variables[variable.Name] = program
			ast, _ := env.Compile(variable.Expression)
			variables.fields[variable.Name] = ast.OutputType()
		}
	}
	for at, attestor := range spec.Attestors {
		into.attestors = append(into.attestors, c.attestor(fmt.Sprintf("attestors[%d]", at), attestor))
	}
	for at, validation := range spec.Validations {
		where := fmt.Sprintf("validations[%d]", at)
		into.validations = append(into.validations, compiledValidation{
			program: c.program(where, validation.Expression, cel.BoolType),
			message: c.optional(where+".messageExpression", validation.MessageExpression, cel.StringType),
			text:    validation.Message,
		})
	}
	for at, annotation := range spec.AuditAnnotations {
		where := fmt.Sprintf("auditAnnotations[%d]", at)
		into.auditAnnotations = append(into.auditAnnotations, c.program(where, annotation.ValueExpression, cel.StringType, cel.NullType))
	}
	for _, exception := range form.exceptions {
		into.exceptions = append(into.exceptions, c.matchConditions("PolicyException", exception.Spec.MatchConditions))
	}
	return c.fault
}

func (c *compiler) matchConditions(where string, conditions []admissionregistration.MatchCondition) []cel.Program {
	programs := make([]cel.Program, 0, len(conditions))
	for at, condition := range conditions {
		programs = append(programs, c.program(fmt.Sprintf("%s[%d]", where, at), condition.Expression, cel.BoolType))
	}
	return programs
}

// imageReferences: a glob is compared with the whole text, and knows no separators:
// https://github.com/kyverno/kyverno/blob/main/pkg/cel/compiler/compiler.go
func imageReferences(written []kyvernoImageReference) ([]func(string) (ref.Val, error), error) {
	env, err := cel.NewEnv(append(kyvernoOptions(), cel.Variable("ref", cel.StringType), imageLibrary())...)
	if err != nil {
		return nil, err
	}
	c := &compiler{env: env}
	var references []func(string) (ref.Val, error)
	for at, reference := range written {
		where := fmt.Sprintf("matchImageReferences[%d]", at)
		switch {
		case reference.Glob != "":
			compiled, err := glob.Compile(reference.Glob)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", where, err)
			}
			references = append(references, func(image string) (ref.Val, error) { return types.Bool(compiled.Match(image)), nil })
		case reference.Expression != "":
			program := c.program(where, reference.Expression, cel.BoolType)
			references = append(references, func(image string) (ref.Val, error) {
				value, _, err := program.Eval(map[string]any{"ref": image})
				return value, err
			})
		default:
			return nil, errors.New(where + ": either glob or expression must be set")
		}
	}
	return references, c.fault
}

// variablesProvider knows the type of each variable that was compiled so far:
// https://github.com/kyverno/kyverno/blob/main/pkg/cel/compiler/variables.go
type variablesProvider struct {
	types.Provider
	fields map[string]*types.Type
}

var variablesType = types.NewObjectType("kyverno.variables")

func (p *variablesProvider) FindStructType(name string) (*types.Type, bool) {
	if name == variablesType.DeclaredTypeName() {
		return types.NewTypeTypeWithParam(variablesType), true
	}
	return p.Provider.FindStructType(name)
}

func (p *variablesProvider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name == variablesType.DeclaredTypeName() {
		found, isKnown := p.fields[field]
		return &types.FieldType{Type: found}, isKnown
	}
	return p.Provider.FindStructFieldType(name, field)
}

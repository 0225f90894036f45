package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"text/template/parse"

	"github.com/argoproj/argo-cd/v3/applicationset/utils"
)

type goTemplateInput struct {
	Template json.RawMessage `json:"template"`
	Params   map[string]any  `json:"params"`
	Options  []string        `json:"options"`
}

// goTemplate renders every string of a JSON value, keys too, with Argo CD's own ApplicationSet renderer: sprig without
// env, expandenv and getHostByName. https://github.com/argoproj/argo-cd/blob/v3.6.1/applicationset/utils/utils.go
func goTemplate(request *Request) (*Result, error) {
	var input goTemplateInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	var template any
	if err := json.Unmarshal(input.Template, &template); err != nil {
		return nil, badInput(err)
	}
	render := &valueRender{input: input, renderer: &utils.Render{}, budget: newBudget(request.Limits), uses: map[string]bool{}}
	value, err := render.value(template)
	if err != nil {
		return nil, err
	}
	return &Result{Value: value, Uses: slices.Sorted(maps.Keys(render.uses))}, nil
}

type valueRender struct {
	input    goTemplateInput
	renderer *utils.Render
	budget   *budget
	uses     map[string]bool
}

func (r *valueRender) value(value any) (any, error) {
	switch value := value.(type) {
	case string:
		return r.text(value)
	case []any:
		return r.list(value)
	case map[string]any:
		return r.object(value)
	}
	return value, nil
}

func (r *valueRender) list(list []any) (any, error) {
	rendered := make([]any, len(list))
	for at, item := range list {
		value, err := r.value(item)
		if err != nil {
			return nil, err
		}
		rendered[at] = value
	}
	return rendered, nil
}

func (r *valueRender) object(object map[string]any) (any, error) {
	rendered := make(map[string]any, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if object[key] == nil {
			continue // deeplyReplace leaves null out
		}
		name, err := r.text(key)
		if err != nil {
			return nil, err
		}
		if rendered[name], err = r.value(object[key]); err != nil {
			return nil, err
		}
	}
	return rendered, nil
}

func (r *valueRender) text(text string) (rendered string, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = buildError("", 0, fmt.Errorf("the template panics: %v", problem))
		}
	}()
	if err := r.inspect(text); err != nil {
		return "", err
	}
	if rendered, err = r.renderer.Replace(text, r.input.Params, true, r.input.Options); err != nil {
		return "", buildError("", 0, err)
	}
	return rendered, r.budget.addBytes(len(rendered))
}

// inspect looks into the parsed text, as the functions of this renderer cannot be replaced: it notes clock and chance,
// and refuses a count that nobody means. What hides behind a variable ends at the limits of the process.
func (r *valueRender) inspect(text string) error {
	tree := parse.New("template")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return nil //nolint:nilerr // the renderer says it in its own words
	}
	for _, parsed := range trees {
		found := &templateCalls{names: map[string]bool{}}
		found.node(parsed.Root)
		for name := range found.names {
			if use, isUse := unpredictable[name]; isUse {
				r.uses[use] = true
			}
		}
		if found.endless {
			return limitError(fmt.Sprintf("the template asks for a sequence of more than %d", maxItems))
		}
	}
	return nil
}

// unpredictable names the functions of sprig whose value no input decides.
var unpredictable = map[string]string{
	"now": "now", "ago": "now",
	"randAlphaNum": "random", "randAlpha": "random", "randAscii": "random", "randNumeric": "random", "randBytes": "random",
	"randInt": "random", "shuffle": "random", "uuidv4": "random", "bcrypt": "random", "htpasswd": "random",
	"encryptAES": "random", "genPrivateKey": "random", "genCA": "random", "genCAWithKey": "random",
	"genSelfSignedCert": "random", "genSelfSignedCertWithKey": "random", "genSignedCert": "random", "genSignedCertWithKey": "random",
}

var countingFunctions = []string{
	"until", "untilStep", "seq", "repeat", "indent", "nindent", "randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randBytes",
}

// templateCalls collects the functions that a template names.
type templateCalls struct {
	names   map[string]bool
	endless bool
}

func (c *templateCalls) node(node parse.Node) {
	switch node := node.(type) {
	case *parse.ListNode:
		c.list(node)
	case *parse.ActionNode:
		c.pipe(node.Pipe, false)
	case *parse.IfNode:
		c.branch(&node.BranchNode, false)
	case *parse.WithNode:
		c.branch(&node.BranchNode, false)
	case *parse.RangeNode:
		c.branch(&node.BranchNode, true)
	case *parse.TemplateNode:
		c.pipe(node.Pipe, false)
	}
}

func (c *templateCalls) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		c.node(node)
	}
}

func (c *templateCalls) branch(branch *parse.BranchNode, counts bool) {
	c.pipe(branch.Pipe, counts)
	c.list(branch.List)
	c.list(branch.ElseList)
}

// pipe takes a large number anywhere beside a function that counts for its count.
func (c *templateCalls) pipe(pipe *parse.PipeNode, counts bool) {
	large := c.arguments(pipe, &counts)
	c.endless = c.endless || large && counts
}

func (c *templateCalls) arguments(pipe *parse.PipeNode, counts *bool) (large bool) {
	if pipe == nil {
		return false
	}
	for _, command := range pipe.Cmds {
		for _, argument := range command.Args {
			large = c.argument(argument, counts) || large
		}
	}
	return large
}

func (c *templateCalls) argument(argument parse.Node, counts *bool) (large bool) {
	switch argument := argument.(type) {
	case *parse.IdentifierNode:
		c.names[argument.Ident] = true
		*counts = *counts || slices.Contains(countingFunctions, argument.Ident)
	case *parse.NumberNode:
		return argument.IsFloat && (argument.Float64 > maxItems || argument.Float64 < -maxItems)
	case *parse.ChainNode:
		return c.argument(argument.Node, counts)
	case *parse.PipeNode:
		return c.arguments(argument, counts)
	}
	return false
}

package operations

import (
	"errors"
	"fmt"

	"presync.dev/engine/protocol"
)

// maxProblems bounds what is said about one file. The last one then has the code limit, so nothing hides behind the rest.
const maxProblems = 100

type yamlParseInput struct {
	Paths []string `json:"paths"`
	Stdin *string  `json:"stdin"`
}

// yamlParse reads manifests as kubectl and the API server do and reports, per file, what a person would read differently.
// A file that cannot be read to its end is a problem of code parse or limit beside the objects that were read.
func yamlParse(request *Request) (*Result, error) {
	var input yamlParseInput
	if err := decodeInput(request, &input); err != nil {
		return nil, err
	}
	parse := &manifestParse{budget: newBudget(request.Limits)}
	request.FS.Prefetch(input.Paths)
	for _, path := range input.Paths {
		data, err := readFile(request.FS, path)
		if err != nil {
			return nil, err
		}
		if err := parse.file(path, data); err != nil {
			return nil, err
		}
	}
	if input.Stdin != nil {
		if err := parse.file("", []byte(*input.Stdin)); err != nil {
			return nil, err
		}
	}
	return &parse.result, nil
}

type manifestParse struct {
	budget   *budget
	result   Result
	path     string
	problems int // of this path
}

func (p *manifestParse) file(path string, data []byte) error {
	p.path, p.problems = path, 0
	text, err := decodeText(data)
	if err != nil {
		p.report(1, protocol.Parse, err.Error())
		return nil
	}
	return readDocuments(text, p.budget.outputBytes(), p.document)
}

func (p *manifestParse) document(found document, failed *documentError) error {
	if failed != nil {
		p.report(failed.line, failed.code(), failed.Error())
		return nil
	}
	if found.json == nil {
		return nil
	}
	if err := p.budget.addDocument(len(found.json)); err != nil {
		return err
	}
	manifests, err := manifestsIn(found.json)
	switch {
	case errors.Is(err, errNotAnObject):
		p.report(found.line, "not-an-object", "the document is no Kubernetes object")
		return nil
	case err != nil:
		p.report(found.line, protocol.Parse, err.Error())
		return nil
	}
	return p.manifests(found, manifests)
}

func (p *manifestParse) manifests(found document, manifests []map[string]any) error {
	kept := 0
	for _, manifest := range manifests {
		if !isKubernetesObject(manifest) {
			p.report(found.line, "not-an-object", "apiVersion or kind is missing")
			continue
		}
		object, err := toObject(manifest, Origin{Path: repositoryPath(p.path), Document: found.index, Line: found.line})
		if err != nil {
			return err
		}
		p.result.Objects = append(p.result.Objects, object)
		kept++
	}
	if kept > 0 {
		inspectDocument(found, p.report)
	}
	return nil
}

func (p *manifestParse) report(line int, code, message string) {
	p.problems++
	if p.problems > maxProblems {
		return
	}
	if p.problems == maxProblems {
		code, message = protocol.Limit, fmt.Sprintf("more than %d problems in one file; the others are not listed", maxProblems-1)
	}
	p.result.Problems = append(p.result.Problems, protocol.Problem{Path: repositoryPath(p.path), Line: line, Code: code, Message: message})
}

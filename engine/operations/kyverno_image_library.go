package operations

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

var imageNameType = types.NewOpaqueType("kyverno.image")

type imageLibraryOptions struct{}

// imageLibrary takes references apart: https://github.com/kyverno/sdk/tree/main/extensions/cel/libs/image
func imageLibrary() cel.EnvOption { return cel.Lib(imageLibraryOptions{}) }

func (imageLibraryOptions) ProgramOptions() []cel.ProgramOption { return nil }

func (imageLibraryOptions) CompileOptions() []cel.EnvOption {
	parse := cel.UnaryBinding(func(text ref.Val) ref.Val {
		parsed, err := parseImageName(string(text.(types.String)))
		if err != nil {
			return types.WrapErr(err)
		}
		return opaque{kind: imageNameType, value: parsed}
	})
	text := []*cel.Type{cel.StringType}
	options := []cel.EnvOption{
		cel.Function("image", cel.Overload("string_to_image_deprecated", text, imageNameType, parse)),
		cel.Function("parseImageReference", cel.Overload("string_to_image", text, imageNameType, parse)),
		cel.Function("isImage", cel.Overload("is_image_string", text, cel.BoolType, cel.UnaryBinding(func(text ref.Val) ref.Val {
			_, err := parseImageName(string(text.(types.String)))
			return types.Bool(err == nil)
		}))),
		imagePart("containsDigest", cel.BoolType, func(name imageName) ref.Val { return types.Bool(name.digest != "") }),
	}
	for part, read := range map[string]func(imageName) string{
		"registry":   func(name imageName) string { return name.registry },
		"repository": func(name imageName) string { return name.repository },
		"identifier": imageName.identifier,
		"tag":        func(name imageName) string { return name.tag },
		"digest":     func(name imageName) string { return name.digest },
	} {
		options = append(options, imagePart(part, cel.StringType, func(name imageName) ref.Val { return types.String(read(name)) }))
	}
	return options
}

func imagePart(name string, answer *cel.Type, read func(imageName) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.MemberOverload("image_"+name, []*cel.Type{imageNameType}, answer,
		cel.UnaryBinding(func(image ref.Val) ref.Val { return read(image.Value().(imageName)) })))
}

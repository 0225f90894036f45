package operations

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"
)

// opaque is a value that only functions look into.
type opaque struct {
	kind  *types.Type
	value any
}

func (o opaque) ConvertToNative(into reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s is no %v", o.kind, into)
}

func (o opaque) ConvertToType(into ref.Type) ref.Val {
	return types.NewErr("%s is no %s", o.kind, into.TypeName())
}

func (o opaque) Equal(other ref.Val) ref.Val { return types.Bool(reflect.DeepEqual(o, other)) }

func (o opaque) Type() ref.Type { return o.kind }

func (o opaque) Value() any { return o.value }

func kyvernoLibrary(name string) opaque {
	return opaque{kind: types.NewOpaqueType("kyverno." + name), value: name}
}

// Libraries of Kyverno that stand behind a name: https://github.com/kyverno/sdk/tree/main/extensions/cel/libs
var (
	jsonLibrary      = kyvernoLibrary("json")
	yamlLibrary      = kyvernoLibrary("yaml")
	clusterResources = kyvernoLibrary("resource")
	httpLibrary      = kyvernoLibrary("http")
	globalContext    = kyvernoLibrary("globalcontext")
	imageDataLibrary = kyvernoLibrary("imagedata")
)

// kyvernoEnvironment: the names and functions of a policy beyond those of Kubernetes:
// https://github.com/kyverno/kyverno/blob/main/pkg/image/verification/evaluator/compiler.go
func (r *kyvernoRun) kyvernoEnvironment(form *kyvernoForm, variables *variablesProvider) []cel.EnvOption {
	options := []cel.EnvOption{
		cel.CustomTypeProvider(variables),
		cel.Variable("images", cel.MapType(cel.StringType, cel.ListType(cel.StringType))),
		cel.Variable("attestors", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("attestations", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("object", cel.DynType),
		cel.Variable("oldObject", cel.DynType),
		cel.Variable("request", cel.DynType),
		cel.Variable("namespaceObject", cel.DynType),
		cel.Variable("variables", variablesType),
		imageLibrary(),
	}
	options = append(options, r.verifyFunctions()...)
	options = append(options, textFunctions()...)
	return append(options, r.clusterFunctions()...)
}

// textFunctions need nothing but their arguments.
func textFunctions() []cel.EnvOption {
	adapter := types.DefaultTypeAdapter
	options := []cel.EnvOption{
		cel.Variable("json", jsonLibrary.kind),
		cel.Variable("yaml", yamlLibrary.kind),
		cel.Function("unmarshal", cel.MemberOverload("unmarshal_string_dyn", []*cel.Type{jsonLibrary.kind, cel.DynType}, cel.DynType,
			cel.BinaryBinding(func(_, text ref.Val) ref.Val {
				written, isText := text.(types.String)
				if !isText {
					return types.MaybeNoSuchOverloadErr(text)
				}
				var value any
				if err := json.Unmarshal([]byte(written), &value); err != nil {
					return types.WrapErr(err)
				}
				return adapter.NativeToValue(value)
			}))),
		cel.Function("marshal", cel.MemberOverload("marshal_dyn_string", []*cel.Type{jsonLibrary.kind, cel.DynType}, cel.StringType,
			cel.BinaryBinding(func(_, value ref.Val) ref.Val { return marshalled(value) }))),
		cel.Function("parse", cel.MemberOverload("parse_string_dyn", []*cel.Type{yamlLibrary.kind, cel.StringType}, cel.DynType,
			cel.BinaryBinding(func(_, text ref.Val) ref.Val {
				var value any
				if err := yaml.Unmarshal([]byte(text.(types.String)), &value); err != nil {
					return types.WrapErr(err)
				}
				return adapter.NativeToValue(value)
			}))),
		cel.Function("math.round", cel.Overload("math_round_float_int", []*cel.Type{cel.DoubleType, cel.IntType}, cel.DoubleType,
			cel.BinaryBinding(func(value, digits ref.Val) ref.Val {
				shift := math.Pow(10, float64(digits.(types.Int)))
				return types.Double(math.Round(float64(value.(types.Double))*shift) / shift)
			}))),
	}
	for name, sum := range map[string]func(string) string{
		"sha1":   func(text string) string { sum := sha1.Sum([]byte(text)); return hex.EncodeToString(sum[:]) },
		"sha256": func(text string) string { sum := sha256.Sum256([]byte(text)); return hex.EncodeToString(sum[:]) },
		"md5":    func(text string) string { sum := md5.Sum([]byte(text)); return hex.EncodeToString(sum[:]) },
	} {
		binding := cel.UnaryBinding(func(text ref.Val) ref.Val { return types.String(sum(string(text.(types.String)))) })
		for _, prefix := range []string{"", "hash."} {
			options = append(options, cel.Function(prefix+name,
				cel.Overload(name+"_string_"+prefix, []*cel.Type{cel.StringType}, cel.StringType, binding)))
		}
	}
	return options
}

func marshalled(value ref.Val) ref.Val {
	native, err := value.ConvertToNative(reflect.TypeFor[*structpb.Value]())
	if err != nil {
		return types.WrapErr(err)
	}
	written, err := protojson.Marshal(native.(*structpb.Value))
	if err != nil {
		return types.WrapErr(err)
	}
	var plain any
	if err := json.Unmarshal(written, &plain); err != nil {
		return types.WrapErr(err)
	}
	sorted, err := json.Marshal(plain)
	if err != nil {
		return types.WrapErr(err)
	}
	return types.String(sorted)
}

// clusterFunctions ask the cluster, the network, the clock or chance; their answers are not in the repository.
func (r *kyvernoRun) clusterFunctions() []cel.EnvOption {
	const (
		cluster = "it asks for objects of the cluster (resource)"
		network = "it asks the network (http)"
	)
	options := []cel.EnvOption{
		cel.Variable("resource", clusterResources.kind), cel.Variable("http", httpLibrary.kind),
		cel.Variable("globalContext", globalContext.kind), cel.Variable("image", imageDataLibrary.kind),
	}
	for _, one := range []struct {
		receiver *types.Type
		names    []string
		most     int
		reason   string
	}{
		{clusterResources.kind, []string{"Get", "get", "List", "list", "Post", "post", "ToGVR", "toGVR"}, 5, cluster},
		{httpLibrary.kind, []string{"Get", "get", "Post", "post", "Client", "client"}, 3, network},
		{globalContext.kind, []string{"Get", "get"}, 2, "it asks for what the cluster keeps (globalContext)"},
		{imageDataLibrary.kind, []string{"GetMetadata", "getMetadata"}, 1, "it asks for the manifest or config of an image"},
		{nil, []string{"time.now", "random", "random.random"}, 1, "it asks for the time, or for chance"},
		{nil, []string{"x509.decode", "gzip.compress", "gzip.decompress", "parseServiceAccount", "user.parseServiceAccount", "time.toCron"}, 1, "it calls a function that presync does not have"},
		{nil, []string{"listObjToMap", "transform.listObjToMap", "time.truncate"}, 4, "it calls a function that presync does not have"},
	} {
		for _, name := range one.names {
			options = append(options, r.refused(name, one.receiver, one.most, one.reason))
		}
	}
	return options
}

// refused declares a function with up to `most` arguments.
func (r *kyvernoRun) refused(name string, receiver *types.Type, most int, reason string) cel.EnvOption {
	binding := cel.FunctionBinding(func(...ref.Val) ref.Val { return r.unknown(reason) })
	unary := cel.UnaryBinding(func(ref.Val) ref.Val { return r.unknown(reason) })
	binary := cel.BinaryBinding(func(ref.Val, ref.Val) ref.Val { return r.unknown(reason) })
	var overloads []cel.FunctionOpt
	for count := range most + 1 {
		arguments := []*cel.Type{}
		declare, kind := cel.Overload, "global"
		if receiver != nil {
			arguments, declare, kind = append(arguments, receiver), cel.MemberOverload, receiver.TypeName()
		}
		for range count {
			arguments = append(arguments, cel.DynType)
		}
		how := binding
		switch len(arguments) {
		case 1:
			how = unary
		case 2:
			how = binary
		}
		overloads = append(overloads, declare(fmt.Sprintf("%s_%s_%d", kind, name, count), arguments, cel.DynType, how))
	}
	return cel.Function(name, overloads...)
}

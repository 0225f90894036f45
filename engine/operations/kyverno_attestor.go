package operations

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"reflect"
	"regexp"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// kyvernoAttestor: https://github.com/kyverno/api/blob/main/api/policies.kyverno.io/v1beta1/imagevalidating_policy.go
type kyvernoAttestor struct {
	Name   string         `json:"name"`
	Cosign *cosignTrust   `json:"cosign,omitempty"`
	Notary map[string]any `json:"notary,omitempty"`
}

type cosignTrust struct {
	Key *struct {
		Data          string `json:"data,omitempty"`
		KMS           string `json:"kms,omitempty"`
		HashAlgorithm string `json:"hashAlgorithm,omitempty"`
		Expression    string `json:"expression,omitempty"`
	} `json:"key,omitempty"`
	Keyless *struct {
		Identities           []cosignIdentity  `json:"identities,omitempty"`
		Roots                string            `json:"roots,omitempty"`
		AdditionalExtensions map[string]string `json:"additionalExtensions,omitempty"`
	} `json:"keyless,omitempty"`
	Certificate *struct {
		Certificate *stringOrExpression `json:"cert,omitempty"`
		Chain       *stringOrExpression `json:"certChain,omitempty"`
	} `json:"certificate,omitempty"`
	CTLog *struct {
		URL                string `json:"url,omitempty"`
		RekorPubKey        string `json:"rekorPubKey,omitempty"`
		CTLogPubKey        string `json:"ctLogPubKey,omitempty"`
		TSACertChain       string `json:"tsaCertChain,omitempty"`
		InsecureIgnoreTlog bool   `json:"insecureIgnoreTlog,omitempty"`
		InsecureIgnoreSCT  bool   `json:"insecureIgnoreSCT,omitempty"`
	} `json:"ctlog,omitempty"`
	TrustedRoot *stringOrExpression `json:"trustedRoot,omitempty"`
	TUF         *struct{}           `json:"tuf,omitempty"`
	Source      *struct {
		Repository string `json:"repository,omitempty"`
		TagPrefix  string `json:"tagPrefix,omitempty"`
	} `json:"source,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type stringOrExpression struct {
	Value      string `json:"value,omitempty"`
	Expression string `json:"expression,omitempty"`
}

type cosignIdentity struct {
	Issuer            string `json:"issuer,omitempty"`
	IssuerRegExp      string `json:"issuerRegExp,omitempty"`
	Subject           string `json:"subject,omitempty"`
	SubjectRegExp     string `json:"subjectRegExp,omitempty"`
	SubjectExpression string `json:"subjectExpression,omitempty"`
}

type compiledAttestor struct {
	attestor         kyvernoAttestor
	key, certificate cel.Program
}

func (c *compiler) attestor(where string, attestor kyvernoAttestor) compiledAttestor {
	compiled := compiledAttestor{attestor: attestor}
	cosign := attestor.Cosign
	if cosign == nil {
		return compiled
	}
	if cosign.Key != nil {
		compiled.key = c.optional(where+".cosign.key", cosign.Key.Expression)
	} else if cosign.Certificate != nil && cosign.Certificate.Certificate != nil {
		compiled.certificate = c.optional(where+".cosign.certificate", cosign.Certificate.Certificate.Expression)
	}
	return compiled
}

// evaluate fills in what is an expression: https://github.com/kyverno/kyverno/blob/main/pkg/image/verification/variables/attestors.go
func (c compiledAttestor) evaluate(data map[string]any) ref.Val {
	attestor := attestorValue{kyvernoAttestor: c.attestor}
	cosign := c.attestor.Cosign
	if cosign == nil {
		return attestor
	}
	if cosign.Key != nil {
		attestor.pem = cosign.Key.Data
	} else if cosign.Certificate != nil && cosign.Certificate.Certificate != nil {
		attestor.pem = cosign.Certificate.Certificate.Value
	}
	for _, program := range []cel.Program{c.key, c.certificate} {
		if program == nil {
			continue
		}
		value, _, err := program.Eval(data)
		if err != nil {
			return types.WrapErr(err)
		}
		text, isText := value.(types.String)
		if !isText {
			if types.IsUnknown(value) {
				return value
			}
			return types.NewErr("the expression of attestor %s is no text", c.attestor.Name)
		}
		attestor.pem = string(text)
	}
	return attestor
}

// attestorValue is opaque to expressions: they only hand it on.
type attestorValue struct {
	kyvernoAttestor
	// Of a key or a certificate.
	pem string
}

var attestorType = types.NewOpaqueType("kyverno.attestor")

func (v attestorValue) ConvertToNative(into reflect.Type) (any, error) {
	return nil, fmt.Errorf("an attestor is no %v", into)
}

func (v attestorValue) ConvertToType(into ref.Type) ref.Val {
	return types.NewErr("an attestor is no %s", into.TypeName())
}

func (v attestorValue) Equal(other ref.Val) ref.Val {
	return types.Bool(reflect.DeepEqual(v, other))
}

func (v attestorValue) Type() ref.Type { return attestorType }

func (v attestorValue) Value() any { return v.Name }

// publicKey is that of a certificate where one is given: without a chain nothing else of it counts. The error is cosign's, which then
// verifies nothing. https://github.com/kyverno/kyverno/blob/main/pkg/image/verifiers/ivpol/cosign/opts.go
func (v attestorValue) publicKey() (string, error) {
	text := []byte(v.pem)
	if decoded, err := base64.StdEncoding.DecodeString(v.pem); err == nil && v.Cosign.Key == nil {
		text = decoded
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", fmt.Errorf("attestor %s has no key that can be read", v.Name)
	}
	der := block.Bytes
	if v.Cosign.Key == nil {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return "", err
		}
		der = certificate.RawSubjectPublicKeyInfo
	}
	if _, err := x509.ParsePKIXPublicKey(der); err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

func (v attestorValue) keyHash() string {
	if v.Cosign.Key == nil {
		return ""
	}
	return v.Cosign.Key.HashAlgorithm
}

func (v attestorValue) ignoresLog() bool {
	return v.Cosign.CTLog != nil && v.Cosign.CTLog.InsecureIgnoreTlog
}

// keyID names a key with what a signature of it needs.
func keyID(text, hash string, noLog bool) string {
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte(text), []byte(hash), fmt.Append(nil, noLog)}, []byte{0}))
	return hex.EncodeToString(sum[:])
}

// isOf: in bundles an identity must be the only one and have both parts, elsewhere a part that is left out is anything:
// https://github.com/sigstore/cosign/blob/main/pkg/cosign/verify.go (verificationOptions, validateCertIdentity)
func isOf(identities []cosignIdentity, made believed) bool {
	if len(identities) == 0 {
		return true
	}
	if made.Bundle {
		only := identities[0]
		isWhole := len(identities) == 1 && only.Issuer+only.IssuerRegExp != "" && only.Subject+only.SubjectRegExp != ""
		return isWhole && isBoth(only.Issuer, only.IssuerRegExp, made.Issuer) && isBoth(only.Subject, only.SubjectRegExp, made.Subject)
	}
	for _, one := range identities {
		if isEither(one.Issuer, one.IssuerRegExp, made.Issuer) && isEither(one.Subject, one.SubjectRegExp, made.Subject) {
			return true
		}
	}
	return false
}

func isBoth(exact, pattern, found string) bool {
	return (exact == "" || exact == found) && (pattern == "" || isMatch(pattern, found))
}

// isEither: the pattern goes before the text.
func isEither(exact, pattern, found string) bool {
	if pattern != "" {
		return isMatch(pattern, found)
	}
	return exact == "" || exact == found
}

func isMatch(pattern, text string) bool {
	compiled, err := regexp.Compile(pattern)
	return err == nil && compiled.MatchString(text)
}

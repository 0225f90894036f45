package operations

// attestorTrust is what a signature must be to count for an attestor.
type attestorTrust struct {
	// Nothing ever counts: Kyverno cannot build its own question.
	isNever bool
	// Why it cannot be told; but where nothing lies beside the image, nobody has signed it, unless it would lie elsewhere.
	unknown     string
	isElsewhere bool
	// Why the host may not believe what Kyverno would; what it believes counts.
	isStricter string
	made       func(believed) bool
}

// trustOf reads an attestor as https://github.com/kyverno/kyverno/blob/main/pkg/image/verifiers/ivpol/cosign/opts.go does.
func (r *kyvernoRun) trustOf(attestor attestorValue) attestorTrust {
	cosign := attestor.Cosign
	if source := cosign.Source; source != nil && source.Repository+source.TagPrefix != "" {
		return attestorTrust{unknown: "its signatures lie elsewhere (source)", isElsewhere: true}
	}
	if reason := ownTrust(cosign); reason != "" {
		return attestorTrust{unknown: reason}
	}
	if cosign.CTLog != nil && !cosign.CTLog.InsecureIgnoreTlog && cosign.CTLog.URL == "" {
		return attestorTrust{isNever: true}
	}
	switch {
	case cosign.Keyless != nil:
		return keylessTrust(cosign)
	case cosign.Key != nil && cosign.Key.KMS != "" && attestor.pem == "":
		return attestorTrust{unknown: "its key is held by a key service"}
	case cosign.Certificate != nil && cosign.Key == nil && cosign.Certificate.Chain != nil:
		return attestorTrust{unknown: "its certificate is checked against a chain of its own"}
	case cosign.Key != nil || cosign.Certificate != nil:
		return r.keyTrust(attestor)
	}
	return attestorTrust{isNever: true}
}

// ownTrust: whom an attestor believes that presync does not know.
func ownTrust(cosign *cosignTrust) string {
	switch log := cosign.CTLog; {
	case cosign.TrustedRoot != nil:
		return "it brings a root of its own (trustedRoot)"
	case cosign.TUF != nil:
		return "its root comes from a TUF repository of its own (tuf)"
	case log == nil:
		return ""
	case log.TSACertChain != "":
		return "it brings a timestamp authority (tsaCertChain)"
	case !log.InsecureIgnoreTlog && (log.RekorPubKey != "" || (log.URL != "" && log.URL != "https://rekor.sigstore.dev")):
		return "it asks a log of its own (ctlog)"
	case cosign.Keyless != nil && !log.InsecureIgnoreSCT && log.CTLogPubKey != "":
		return "it brings a certificate log of its own (ctLogPubKey)"
	}
	return ""
}

func keylessTrust(cosign *cosignTrust) attestorTrust {
	keyless := cosign.Keyless
	if keyless.Roots != "" {
		return attestorTrust{unknown: "it brings certificate authorities of its own (roots)"}
	}
	for _, one := range keyless.Identities {
		if one.SubjectExpression != "" {
			return attestorTrust{unknown: "an identity is an expression (subjectExpression)"}
		}
	}
	trust := attestorTrust{made: func(made believed) bool {
		return made.Key == "" && made.Logged && isOf(keyless.Identities, made)
	}}
	if log := cosign.CTLog; log != nil && (log.InsecureIgnoreTlog || log.InsecureIgnoreSCT) {
		trust.isStricter = "it takes certificates that no log holds, and presync does not"
	}
	return trust
}

func (r *kyvernoRun) keyTrust(attestor attestorValue) attestorTrust {
	pem, err := attestor.publicKey()
	if err != nil {
		return attestorTrust{isNever: true}
	}
	key := kyvernoKey{PEM: pem, Hash: attestor.keyHash(), NoLog: attestor.ignoresLog()}
	key.ID = keyID(key.PEM, key.Hash, key.NoLog)
	r.keys[key.ID] = key
	known, isKnown := r.input.Keys[key.ID]
	switch {
	case !isKnown:
		return attestorTrust{unknown: "its key was not looked for"}
	case known.Unknown != "":
		return attestorTrust{unknown: known.Unknown}
	}
	return attestorTrust{made: func(made believed) bool {
		return made.Key == known.Name && (key.NoLog || made.Logged)
	}}
}

// predicateURI: short names that cosign knows:
// https://github.com/sigstore/cosign/blob/main/cmd/cosign/cli/options/predicate.go
func predicateURI(written string) string {
	if uri, isShort := predicateURIs[written]; isShort {
		return uri
	}
	return written
}

var predicateURIs = map[string]string{
	"custom":           "https://cosign.sigstore.dev/attestation/v1",
	"slsaprovenance":   "https://slsa.dev/provenance/v0.2",
	"slsaprovenance02": "https://slsa.dev/provenance/v0.2",
	"slsaprovenance1":  "https://slsa.dev/provenance/v1",
	"spdx":             "https://spdx.dev/Document",
	"spdxjson":         "https://spdx.dev/Document",
	"cyclonedx":        "https://cyclonedx.org/bom",
	"link":             "https://in-toto.io/Link/v1",
	"vuln":             "https://cosign.sigstore.dev/attestation/vuln/v1",
	"openvex":          "https://openvex.dev/ns",
}

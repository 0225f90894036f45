package operations

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const (
	onePlace    = "ghcr.io/shop/web:1"
	oneDigest   = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	otherDigest = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
	publicKey   = "-----BEGIN PUBLIC KEY-----\\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8nXRh950IZbRj8Ra/N9sbqOPZrfM\\n5/KAQN0/KjHcorm/J5yctVd7iEcnessRQjU917hmKO6JWVGHpDguIyakZA==\\n-----END PUBLIC KEY-----"
	issuer      = "https://token.actions.githubusercontent.com"
	subject     = "https://github.com/shop/web/.github/workflows/release.yml@refs/tags/v1"
)

// policyOf is a policy about pods by one key and one identity, with what the row adds to its spec.
func policyOf(t *testing.T, spec string) json.RawMessage {
	t.Helper()
	text := `
apiVersion: policies.kyverno.io/v1
kind: ImageValidatingPolicy
metadata: {name: signed}
spec:
  attestors:
    - name: key
      cosign: {key: {data: "` + publicKey + `"}}
    - name: offline
      cosign: {key: {data: "` + publicKey + `"}, ctlog: {insecureIgnoreTlog: true}}
    - name: keyless
      cosign: {keyless: {identities: [{issuer: "` + issuer + `", subjectRegExp: "^https://github.com/shop/web/"}]}}
    - name: noSct
      cosign: {keyless: {identities: [{issuer: "` + issuer + `", subject: me}]}, ctlog: {url: https://rekor.sigstore.dev, insecureIgnoreSCT: true}}
    - name: elsewhere
      cosign: {key: {data: "` + publicKey + `"}, source: {repository: ghcr.io/shop/signatures}}
    - name: rooted
      cosign: {keyless: {roots: x, identities: [{issuer: "` + issuer + `", subjectRegExp: "^https://github.com/shop/web/"}]}}
    - name: ownLog
      cosign: {key: {data: "` + publicKey + `"}, ctlog: {url: "https://rekor.example.com"}}
    - name: expressed
      cosign: {keyless: {identities: [{issuer: "` + issuer + `", subjectExpression: "x"}]}}
    - name: kms
      cosign: {key: {kms: "awskms:///alias/x"}}
    - name: notary
      notary: {certs: {value: x}}
    - name: noUrl
      cosign: {key: {data: "` + publicKey + `"}, ctlog: {}}
    - name: annotated
      cosign: {key: {data: "` + publicKey + `"}, annotations: {team: web}}
    - name: derived
      cosign: {key: {expression: "'` + strings.ReplaceAll(publicKey, `\n`, `\\n`) + `'"}}
    - name: clustered
      cosign: {key: {expression: "resource.Get('v1', 'secrets', 'a', 'b').data.key"}}
  attestations:
    - {name: sbom, intoto: {type: https://cyclonedx.org/bom}}
    - {name: short, intoto: {type: cyclonedx}}
    - {name: artifact, referrer: {type: sbom/x}}
` + spec
	if !strings.Contains(spec, "matchConstraints") {
		text += "\n  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}\n"
	}
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err, text)
	}
	return asJSON
}

func objectOf(t *testing.T, text string) map[string]any {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"object": json.RawMessage(asJSON), "namespace": "shop"}
}

const (
	aPod        = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: web, image: '" + onePlace + "'}]}"
	aDeployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: '" + onePlace + "'}]}}}"
	aCronJob    = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: web, image: '" + onePlace + "'}]}}}}}"
	aTask       = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: web}\nspec: {steps: [{image: '" + onePlace + "'}]}"
)

// factsWith is one signature, of the key or keyless, or an attestation where a predicate type is given.
func factsWith(made ...believed) map[string]imageFacts {
	facts := imageFacts{Digest: oneDigest, Believed: made}
	for _, one := range made {
		facts.Bundles = facts.Bundles || one.Bundle
	}
	return map[string]imageFacts{onePlace: facts}
}

func judgeOne(t *testing.T, input map[string]any) []kyvernoAnswer {
	t.Helper()
	ask, err := call(t, kyvernoImages, files{}, withoutEvidence(input))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]any{}
	for _, key := range valueOf(t, ask).Keys {
		keys[key.ID] = map[string]any{"name": "the key"}
	}
	told := map[string]any{"keys": keys}
	for field, value := range input {
		told[field] = value
	}
	result, err := call(t, kyvernoImages, files{}, told)
	if err != nil {
		t.Fatal(err)
	}
	return valueOf(t, result).Answers
}

func withoutEvidence(input map[string]any) map[string]any {
	asked := map[string]any{}
	for field, value := range input {
		if field != "evidence" {
			asked[field] = value
		}
	}
	return asked
}

func valueOf(t *testing.T, result *Result) kyvernoImagesValue {
	t.Helper()
	value, isValue := result.Value.(kyvernoImagesValue)
	if !isValue {
		written, _ := json.Marshal(result.Value)
		if err := json.Unmarshal(written, &value); err != nil {
			t.Fatal(err)
		}
	}
	return value
}

const allSigned = "  validations: [{expression: 'images.containers.all(image, verifyImageSignatures(image, [attestors.key]) > 0)', message: not signed}]"

func signedBy(attestors string) string {
	return "  validations: [{expression: 'images.containers.all(image, verifyImageSignatures(image, [" + attestors + "]) > 0)', message: not signed}]"
}

func attested(name, then string) string {
	return "  validations: [{expression: \"images.containers.all(image, verifyAttestationSignatures(image, attestations." + name + ", [attestors.key]) > 0" + then + ")\", message: no bom}]"
}

func TestKyvernoImages(t *testing.T) {
	byKey := believed{Key: "the key", Logged: true}
	unlogged := believed{Key: "the key"}
	keyless := believed{Issuer: issuer, Subject: subject, Logged: true}
	other := believed{Issuer: issuer, Subject: "https://github.com/evil/web/x", Logged: true}
	bom := believed{Key: "the key", Logged: true, PredicateType: "https://cyclonedx.org/bom", Statement: json.RawMessage(`{"predicate":{"bomFormat":"CycloneDX","version":1}}`)}
	otherBom := believed{Key: "the key", Logged: true, PredicateType: "https://cyclonedx.org/bom", Statement: json.RawMessage(`{"predicate":{}}`)}
	bundled := func(made believed) believed { made.Bundle = true; return made }
	rows := []struct {
		name, spec, object string
		facts              map[string]imageFacts
		// "": the policy does not speak of the object; else verdict and message.
		want string
	}{
		{"a signature of the key", allSigned, aPod, factsWith(byKey), "pass"},
		{"no signature", allSigned, aPod, factsWith(), "fail not signed"},
		{"a signature of somebody else", allSigned, aPod, factsWith(keyless), "fail not signed"},
		{"a key wants a log", allSigned, aPod, factsWith(unlogged), "fail not signed"},
		{"a key that wants no log", signedBy("attestors.offline"), aPod, factsWith(unlogged), "pass"},
		{"a log without address lets nothing in", signedBy("attestors.noUrl"), aPod, factsWith(byKey), "fail not signed"},
		{"an identity", signedBy("attestors.keyless"), aPod, factsWith(keyless), "pass"},
		{"another identity", signedBy("attestors.keyless"), aPod, factsWith(other), "fail not signed"},
		{"one of two attestors", signedBy("attestors.key, attestors.keyless"), aPod, factsWith(keyless), "pass"},
		{"a key out of an expression", signedBy("attestors.derived"), aPod, factsWith(byKey), "pass"},
		{"a key out of the cluster", signedBy("attestors.clustered"), aPod, factsWith(byKey), "unknown it asks for objects of the cluster (resource)"},
		{"a key service", signedBy("attestors.kms"), aPod, factsWith(byKey), "unknown attestor kms: its key is held by a key service"},
		{"a key service, and nothing is signed", signedBy("attestors.kms"), aPod, factsWith(), "fail not signed"},
		{"signatures elsewhere, and nothing is signed here", signedBy("attestors.elsewhere"), aPod, factsWith(), "unknown attestor elsewhere: its signatures lie elsewhere"},
		{"an own root", signedBy("attestors.rooted"), aPod, factsWith(keyless), "unknown attestor rooted: it brings certificate authorities of its own"},
		{"a log of its own", signedBy("attestors.ownLog"), aPod, factsWith(byKey), "unknown attestor ownLog: it asks a log of its own"},
		{"an identity with an expression", signedBy("attestors.expressed"), aPod, factsWith(keyless), "unknown attestor expressed: an identity is an expression"},
		{"Notary, and nothing lies there", signedBy("attestors.notary"), aPod, map[string]imageFacts{onePlace: {Digest: oneDigest, Bare: true}}, "fail not signed"},
		{"Notary", signedBy("attestors.notary"), aPod, factsWith(byKey), "unknown attestor notary: Notary signatures are not verified here"},
		{"annotations of a signature that is there", signedBy("attestors.annotated"), aPod, factsWith(byKey), "unknown attestor annotated: annotations of signatures are not compared here"},
		{"annotations of a signature that is not", signedBy("attestors.annotated"), aPod, factsWith(), "fail not signed"},
		{"a looser attestor where nothing lies there", signedBy("attestors.noSct"), aPod, factsWith(), "fail not signed"},
		{"a looser attestor where something does", signedBy("attestors.noSct"), aPod, map[string]imageFacts{onePlace: {Digest: oneDigest, Doubt: true}}, "unknown attestor noSct: it takes certificates that no log holds, and presync does not"},
		{"a statement is no signature in a tag", allSigned, aPod, factsWith(bom), "fail not signed"},
		{"any statement is a signature in a bundle", allSigned, aPod, factsWith(bundled(bom)), "pass"},
		{"beside a bundle no tag counts", allSigned, aPod, factsWith(byKey, bundled(keyless)), "fail not signed"},
		{"an attestation", attested("sbom", ""), aPod, factsWith(bom), "pass"},
		{"an attestation of another kind", attested("sbom", ""), aPod, factsWith(byKey), "fail no bom"},
		{"an attestation by its short name", attested("short", ""), aPod, factsWith(bom), "pass"},
		{"a short name has no payload", attested("short", " && extractPayload(image, attestations.short).predicate.version == 1"), aPod, factsWith(bom), "fail failed to evaluate policy: failed to get payload"},
		{"a payload", attested("sbom", " && extractPayload(image, attestations.sbom).predicate.bomFormat == 'CycloneDX'"), aPod, factsWith(bom), "pass"},
		{"another payload", attested("sbom", " && extractPayload(image, attestations.sbom).predicate.bomFormat == 'SPDX'"), aPod, factsWith(bom), "fail no bom"},
		{"two payloads", attested("sbom", " && extractPayload(image, attestations.sbom).predicate.bomFormat == 'SPDX'"), aPod, factsWith(bom, otherBom), "unknown several statements"},
		{"a payload before it is verified", "  validations: [{expression: \"extractPayload(images.containers[0], attestations.sbom).predicate.version == 1\"}]", aPod, factsWith(bom), "fail failed to evaluate policy: failed to get payload"},
		{"an artifact", "  validations: [{expression: \"extractPayload(images.containers[0], attestations.artifact).x == 1\"}]", aPod, factsWith(bom), "unknown it reads an artifact"},
		{"a manifest", "  validations: [{expression: \"getImageData(images.containers[0]).config.x == 1\"}]", aPod, factsWith(byKey), "unknown it asks for the manifest"},
		{"a Deployment by autogen", allSigned, aDeployment, factsWith(), "fail not signed"},
		{"a CronJob by autogen", allSigned, aCronJob, factsWith(byKey), "pass"},
		{"a Deployment without autogen", allSigned + "\n  autogen: {podControllers: {controllers: []}}", aDeployment, factsWith(), ""},
		{"autogen moves what stands in the object", allSigned + "\n  matchConditions: [{name: a, expression: \"object.metadata.labels.app == 'web' && object.metadata.namespace == 'shop'\"}]", aDeployment, factsWith(), "fail not signed"},
		{"a condition that leaves it out", allSigned + "\n  matchConditions: [{name: a, expression: \"object.metadata.name != 'web'\"}]", aPod, factsWith(), ""},
		{"a condition in error", allSigned + "\n  matchConditions: [{name: a, expression: \"object.absent.name != 'web'\"}]", aPod, factsWith(byKey), "fail failed to evaluate policy: no such key: absent"},
		{"a condition in error, ignored", allSigned + "\n  failurePolicy: Ignore\n  matchConditions: [{name: a, expression: \"object.absent.name != 'web'\"}]", aPod, factsWith(), ""},
		{"a condition about who asks", allSigned + "\n  matchConditions: [{name: a, expression: \"request.userInfo.username != 'admin'\"}]", aPod, factsWith(), "unknown a condition asks"},
		{"a condition about who asks, and all is well", allSigned + "\n  matchConditions: [{name: a, expression: \"request.userInfo.username != 'admin'\"}]", aPod, factsWith(byKey), "pass"},
		{"a namespace that is not in Git", allSigned + "\n  matchConditions: [{name: a, expression: \"namespaceObject.metadata.labels.x == 'y'\"}]", aPod, factsWith(), "unknown a condition asks"},
		{"images of another name", allSigned + "\n  matchImageReferences: [{glob: 'docker.io/*'}]", aPod, factsWith(), "pass"},
		{"images of this name", allSigned + "\n  matchImageReferences: [{glob: 'ghcr.io/shop/*'}]", aPod, factsWith(), "fail not signed"},
		{"images by expression", allSigned + "\n  matchImageReferences: [{expression: \"parseImageReference(ref).registry() == 'ghcr.io'\"}]", aPod, factsWith(), "fail not signed"},
		{"a tag alone, where no digest is put behind it", allSigned + "\n  validationConfigurations: {mutateDigest: false}", aPod, factsWith(byKey), "fail image " + onePlace + " does not have a digest"},
		{"a tag alone that may stay", allSigned + "\n  validationConfigurations: {mutateDigest: false, verifyDigest: false}", aPod, factsWith(byKey), "pass"},
		{"the digest that the tag means", "  validations: [{expression: \"images.containers[0].endsWith('@" + oneDigest + "') && verifyImageSignatures(images.containers[0], [attestors.key]) > 0\"}]", aPod, factsWith(byKey), "pass"},
		{"what nobody verifies", "  validations: [{expression: 'true'}]", aPod, factsWith(byKey), "fail image " + onePlace + "@" + oneDigest + " is not verified"},
		{"what nobody has to verify", "  validations: [{expression: 'true'}]\n  validationConfigurations: {required: false}", aPod, factsWith(), "pass"},
		{"what was verified in vain", "  validations: [{expression: 'verifyImageSignatures(images.containers[0], [attestors.key]) >= 0'}]", aPod, factsWith(), "fail image " + onePlace + "@" + oneDigest + " failed signature or attestation verification"},
		{"a message that is computed", "  validations: [{expression: 'false', messageExpression: \"'not ' + images.containers[0]\"}]", aPod, factsWith(), "fail not " + onePlace},
		{"no message", "  validations: [{expression: 'false'}]", aPod, factsWith(), "fail CEL expression validation failed at index 0"},
		{"a variable", "  variables: [{name: counts, expression: 'images.containers.map(i, verifyImageSignatures(i, [attestors.key]))'}]\n  validations: [{expression: 'variables.counts.all(c, c > 0)', message: not signed}]", aPod, factsWith(), "fail not signed"},
		{"a later failure counts whatever is not known", "  validations: [{expression: 'verifyImageSignatures(images.containers[0], [attestors.kms]) > 0'}, {expression: 'false', message: never}]", aPod, factsWith(byKey), "fail never"},
		{"false and unknown is false", "  validations: [{expression: 'verifyImageSignatures(images.containers[0], [attestors.kms]) > 0 && false', message: never}]", aPod, factsWith(byKey), "fail never"},
		{"the network", "  validations: [{expression: \"http.Get('http://x').ok == true\"}]", aPod, factsWith(byKey), "unknown it asks the network (http)"},
		{"an image that nobody looked up", allSigned, aPod, map[string]imageFacts{}, "unknown " + onePlace + " was not looked up"},
		{"an image that cannot be read", allSigned, aPod, map[string]imageFacts{onePlace: {Unknown: "no access"}}, "unknown no access"},
		{"an expression that is none", "  validations: [{expression: 'verify('}]", aPod, factsWith(byKey), "unknown it cannot be compiled here: validations[0]"},
		{"an output that is no bool", "  validations: [{expression: 'object.spec.x'}]", aPod, factsWith(byKey), "unknown it cannot be compiled here: validations[0]: output is expected to be of type bool"},
		{"an expression without end", "  validations: [{expression: \"[0,1,2,3,4,5,6,7,8,9].all(a, [0,1,2,3,4,5,6,7,8,9].all(b, [0,1,2,3,4,5,6,7,8,9].all(c, [0,1,2,3,4,5,6,7,8,9].all(d, [0,1,2,3,4,5,6,7,8,9].all(e, [0,1,2,3,4,5,6,7,8,9].all(f, a+b+c+d+e+f >= 0))))))\"}]", aPod, factsWith(byKey), "fail failed to evaluate policy: operation cancelled: actual cost limit exceeded"},
		{"only what runs already", allSigned + "\n  evaluation: {admission: {enabled: false}}", aPod, factsWith(), ""},
		{"JSON", allSigned + "\n  evaluation: {mode: JSON}", aPod, factsWith(), ""},
		{"other operations", allSigned + "\n  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [pods]}]}", aPod, factsWith(), ""},
		{"changes alone", allSigned + "\n  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [pods]}]}", aPod, factsWith(), "unknown it is asked where an object is changed"},
		{"an object selector", allSigned + "\n  matchConstraints: {objectSelector: {matchLabels: {app: other}}, resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}", aPod, factsWith(), ""},
		{"an exclusion", allSigned + "\n  matchConstraints: {excludeResourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'], resourceNames: [web]}], resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}", aPod, factsWith(), ""},
		{"a namespace by its name", allSigned + "\n  matchConstraints: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}, resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}", aPod, factsWith(), ""},
		{"a namespace by a label that is not known", allSigned + "\n  matchConstraints: {namespaceSelector: {matchLabels: {team: web}}, resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}", aPod, factsWith(), "unknown whether it holds in the namespace"},
		{"images of its own", "  images: [{name: steps, expression: 'object.spec.steps.map(s, s.image)'}]\n  validationConfigurations: {mutateDigest: false, verifyDigest: false}\n  matchConstraints: {resourceRules: [{apiGroups: [tekton.dev], apiVersions: [v1], operations: [CREATE], resources: [tasks]}]}\n  validations: [{expression: 'images.steps.all(image, verifyImageSignatures(image, [attestors.key]) > 0)', message: not signed}]", aTask, factsWith(), "fail not signed"},
		{"texts", "  validations: [{expression: \"sha256('a').startsWith('ca97') && json.unmarshal('{\\\"a\\\": 1}').a == 1 && yaml.parse('a: [1]').a.size() == 1 && math.round(1.25, 1) == 1.3 && json.marshal({'a': 1}) == '{\\\"a\\\":1}'\", message: texts}]\n  validationConfigurations: {required: false}", aPod, factsWith(), "pass"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			input := map[string]any{
				"policies": []any{policyOf(t, row.spec)}, "objects": []any{objectOf(t, row.object)}, "evidence": row.facts,
			}
			var got []string
			for _, answer := range judgeOne(t, input) {
				got = append(got, strings.TrimSpace(answer.Verdict+" "+answer.Message))
			}
			if text := strings.Join(got, "; "); (row.want == "") != (text == "") || !strings.HasPrefix(text, row.want) {
				t.Errorf("got %q, want %q", text, row.want)
			}
		})
	}
}

// One request, several policies: what they have in common is the object.
func TestKyvernoImagesTogether(t *testing.T) {
	byKey := believed{Key: "the key", Logged: true}
	const (
		required = "  validations: [{expression: 'true'}]"
		relaxed  = "\n  validationConfigurations: {required: false}"
		tagged   = "\n  validationConfigurations: {mutateDigest: false, verifyDigest: false}"
		whoAsks  = "\n  matchConditions: [{name: a, expression: \"request.userInfo.username != 'admin'\"}]"
	)
	exception := `{"spec":{"policyRefs":[{"name":"signed","kind":"ImageValidatingPolicy"}],"matchConditions":[{"name":"a","expression":"object.metadata.name == 'NAME'"}]}}`
	rows := []struct {
		name      string
		specs     []string
		exception string
		namespace any
		facts     map[string]imageFacts
		want      string
	}{
		{"another policy has verified it", []string{required, allSigned}, "", "shop", factsWith(byKey), "0 pass; 1 pass"},
		{"another policy has tried", []string{required, allSigned + relaxed}, "", "shop", factsWith(), "0 fail image " + onePlace + "@" + oneDigest + " failed; 1 fail"},
		{"another policy may have verified it", []string{required, signedBy("attestors.kms")}, "", "shop", factsWith(byKey), "0 unknown whether another policy verifies; 1 unknown"},
		{"a call that need not be made", []string{required, "  validations: [{expression: \"request.userInfo.username == 'x' && verifyImageSignatures(images.containers[0], [attestors.key]) > 0\"}]"}, "", "shop", factsWith(byKey), "0 unknown whether another policy verifies; 1 unknown"},
		{"another policy may not be asked", []string{required, allSigned + whoAsks}, "", "shop", factsWith(byKey), "0 unknown whether another policy verifies; 1 pass"},
		{"another policy puts the digest there", []string{"  validations: [{expression: \"images.containers[0].contains('@sha256')\", message: tag}]" + tagged, allSigned}, "", "shop", factsWith(byKey), "0 pass; 1 pass"},
		{"another policy may put the digest there", []string{"  validations: [{expression: \"images.containers[0].contains('@sha256')\", message: tag}]" + tagged, allSigned + whoAsks}, "", "shop", factsWith(byKey), "0 unknown whether another policy puts digests; 1 pass"},
		{"an exception for it", []string{allSigned}, "web", "shop", factsWith(), "0 unknown a PolicyException may"},
		{"an exception for something else", []string{allSigned}, "other", "shop", factsWith(), "0 fail not signed"},
		{"an exception that is not needed", []string{allSigned}, "web", "shop", factsWith(byKey), "0 pass"},
		{"a namespace that nobody names", []string{allSigned + "\n  matchConstraints: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: ['*']}]}"}, "", "", factsWith(), "0 unknown whether it holds in the namespace"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			policies := []any{}
			for _, spec := range row.specs {
				policies = append(policies, policyOf(t, spec))
			}
			object := objectOf(t, aPod)
			object["namespace"] = row.namespace
			input := map[string]any{"policies": policies, "objects": []any{object}, "evidence": row.facts}
			if row.exception != "" {
				input["exceptions"] = []any{json.RawMessage(strings.Replace(exception, "NAME", row.exception, 1))}
			}
			got := judgeOne(t, input)
			wants := strings.Split(row.want, "; ")
			if len(got) != len(wants) {
				t.Fatalf("got %v", got)
			}
			for at, answer := range got {
				if text := fmt.Sprintf("%d %s %s", answer.Policy, answer.Verdict, answer.Message); !strings.HasPrefix(text, wants[at]) {
					t.Errorf("got %q, want %q", text, wants[at])
				}
			}
		})
	}
}

func TestAPolicyOfANamespaceSpeaksOfNoOther(t *testing.T) {
	policy := strings.Replace(string(policyOf(t, allSigned)), `"name":"signed"`, `"name":"signed","namespace":"other"`, 1)
	input := map[string]any{"policies": []any{json.RawMessage(policy)}, "objects": []any{objectOf(t, aPod)}, "evidence": factsWith()}
	if got := judgeOne(t, input); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestKyvernoImagesAsks(t *testing.T) {
	spec := "  validations: [{expression: \"images.containers[0] == 'x' && verifyAttestationSignatures(images.containers[0], attestations.sbom, [attestors.derived]) > 0\"}]"
	result, err := call(t, kyvernoImages, files{}, map[string]any{"policies": []any{policyOf(t, spec)}, "objects": []any{objectOf(t, aDeployment)}})
	if err != nil {
		t.Fatal(err)
	}
	asked := valueOf(t, result)
	same(t, "images", asked.Images, []string{onePlace})
	same(t, "predicates", asked.Predicates, []string{"https://cyclonedx.org/bom"})
	// One key that four attestors name: where a log must hold its signatures, and where none need.
	same(t, "keys", len(asked.Keys), 2)
}

func TestImageNames(t *testing.T) {
	rows := map[string]string{
		"nginx":                                   "index.docker.io library/nginx latest ",
		"docker.io/acme/web:1":                    "index.docker.io acme/web 1 ",
		"localhost:5000/a/b":                      "localhost:5000 a/b latest ",
		"ghcr.io/a/b:1@" + otherDigest:            "ghcr.io a/b  " + otherDigest,
		"ghcr.io/a/b@sha256:12":                   "error",
		"ghcr.io/A/b":                             "error",
		"ghcr.io/a/b:" + strings.Repeat("a", 129): "error",
	}
	for text, want := range rows {
		name, err := parseImageName(text)
		got := strings.Join([]string{name.registry, name.repository, name.tag, name.digest}, " ")
		if err != nil {
			got = "error"
		}
		same(t, text, got, want)
	}
}

func FuzzKyvernoExpression(f *testing.F) {
	for _, seed := range []string{"true", "images.containers.all(i, i != '')", "request.userInfo", "object.spec.containers[0]", "[1][", "http.Get('x')"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		spec := map[string]any{"validations": []any{map[string]any{"expression": expression}}}
		policy := map[string]any{"kind": "ImageValidatingPolicy", "metadata": map[string]any{"name": "x"}, "spec": spec}
		_, err := call(t, kyvernoImages, files{}, map[string]any{"policies": []any{policy}, "objects": []any{objectOf(t, aPod)}})
		if err != nil {
			t.Error(err)
		}
	})
}

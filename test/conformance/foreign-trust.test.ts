import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { usableTrust } from '../../src/adapters/sigstore/usable-trust.ts';
import { verifyAttachment } from '../../src/adapters/sigstore/verify-attachment.ts';
import { foreignRules } from '../../src/checks/provenance/foreign/index.ts';
import { rulesFor, unmet } from '../../src/checks/provenance/index.ts';
import { DEFAULT_POLICY } from '../../src/config/policy.ts';
import { parseImageRef } from '../../src/model/image-ref.ts';
import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../src/model/json.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Trust } from '../../src/model/provenance.ts';
import { joinForeign } from '../../src/pipeline/foreign-rules.ts';
import { isBelieved } from '../../src/ports/signature-verifier.ts';
import { anImageRule, evidenceOf } from '../builders/believed.ts';
import { aManifest } from '../builders/manifest.ts';
import { attachmentOf, cosignAttestation, cosignSignature, type Made } from '../standin/sigstore/attachments.ts';
import { statementBundle } from '../standin/sigstore/bundles.ts';
import { aWorkflow } from '../standin/sigstore/identity.ts';
import { aSigningKey } from '../standin/sigstore/keys.ts';
import { aGithubProvenance, aSignStatement, SPDX } from '../standin/sigstore/statements.ts';
import { type SigningWorld, signingWorld } from '../standin/sigstore/world.ts';

const IMAGE = `sha256:${createHash('sha256').update('image').digest('hex')}`;
const NOW = new Date('2026-06-01T00:00:00Z');
const OWN = signingWorld({ name: 'own' });
/** Without any log. */
const BARE = signingWorld({ name: 'bare', style: 'github' });
const PUBLIC = signingWorld({ name: 'public-good' });
const GITHUB = 'https://token.actions.githubusercontent.com';
const IDENTITIES = [{ issuer: GITHUB, subjectRegExp: '^https://github.com/acme/shop/.*$' }];
const by = { identity: aWorkflow({ repository: 'acme/shop' }) };
const statement = aSignStatement(IMAGE);

function pem(label: string, der: JsonValue | undefined): string {
  return `-----BEGIN ${label}-----\n${typeof der === 'string' ? der : ''}\n-----END ${label}-----\n`;
}

function log(one: JsonValue): JsonObject {
  return {
    baseURL: textAt(one, 'baseUrl'),
    hashAlgorithm: 'sha-256',
    publicKey: btoa(pem('PUBLIC KEY', objectAt(one, 'publicKey')['rawBytes'])),
  };
}

function authorityIn(one: JsonValue): JsonObject {
  const chain = listAt(objectAt(one, 'certChain'), 'certificates');
  return {
    subject: objectAt(one, 'subject'),
    uri: textAt(one, 'uri'),
    certChain: btoa(chain.map((certificate) => pem('CERTIFICATE', textAt(certificate, 'rawBytes'))).join('')),
  };
}

/** The keys of a world as people write them into a TrustRoot: PEM, in base64. */
function trustRoot({ trustedRoot }: SigningWorld, changes: JsonObject = {}): Manifest {
  const root: unknown = JSON.parse(trustedRoot.json);
  const from = isObject(root) ? root : {};
  const sigstoreKeys = {
    certificateAuthorities: listAt(from, 'certificateAuthorities').map(authorityIn),
    tLogs: listAt(from, 'tlogs').slice(0, 1).map(log),
    ctLogs: listAt(from, 'ctlogs').map(log),
    timestampAuthorities: listAt(from, 'timestampAuthorities').map(authorityIn),
    ...changes,
  };
  return aManifest({
    apiVersion: 'policy.sigstore.dev/v1alpha1',
    kind: 'TrustRoot',
    metadata: { name: 'own', namespace: '' },
    spec: { sigstoreKeys },
  });
}

function policy(authority: JsonObject): Manifest {
  return aManifest({
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name: 'signed', namespace: '' },
    spec: { images: [{ glob: 'ghcr.io/acme/**' }], authorities: [authority] },
  });
}

const INCLUDED = aManifest({
  kind: 'Namespace',
  metadata: { name: 'shop', namespace: '', labels: { 'policy.sigstore.dev/include': 'true' } },
});

interface Asked {
  readonly made: Made;
  readonly authority: JsonObject;
  readonly root?: Manifest;
  readonly trust?: Partial<Trust>;
}

/** Signed there, asked here: what is missing, and how the signature is judged. */
function judged({ made, authority, root = trustRoot(OWN), trust = {} }: Asked) {
  const known: Trust = { roots: [PUBLIC.trustedRoot], keys: [], authorities: [], ...trust };
  const foreign = foreignRules([INCLUDED, root, policy(authority)]);
  const joined = joinForeign(DEFAULT_POLICY, known, foreign);
  const answer = verifyAttachment(
    { subjects: [IMAGE], attachment: attachmentOf(made, IMAGE) },
    usableTrust(joined.trust),
    NOW,
  );
  const evidence = evidenceOf(isBelieved(answer) ? [answer] : [], { digest: IMAGE });
  const ref = parseImageRef('ghcr.io/acme/web:1.0');
  const missing = rulesFor(joined.rules, ref, { cluster: 'production', namespace: 'shop' }).flatMap((rule) =>
    unmet(rule, ref, evidence, NOW),
  );
  return { missing: missing.length, rules: joined.rules, leftOut: joined.leftOut, evidence, answer, ref };
}

const LOGGED = { keyless: { trustRootRef: 'own', identities: IDENTITIES }, ctlog: { trustRootRef: 'own' } };
const STAMPED = { keyless: LOGGED.keyless, rfc3161timestamp: { trustRootRef: 'own' } };
const SIGNED = (world: SigningWorld): Made => cosignSignature(world, { by, subject: IMAGE });

describe('a ClusterImagePolicy with a TrustRoot', () => {
  test.each<[string, Asked, number]>([
    ['takes what its root proves', { made: SIGNED(OWN), authority: LOGGED }, 0],
    ['takes nothing of another instance', { made: SIGNED(PUBLIC), authority: LOGGED }, 1],
    [
      'takes nobody else',
      {
        made: cosignSignature(OWN, { by: { identity: aWorkflow({ repository: 'evil/shop' }) }, subject: IMAGE }),
        authority: LOGGED,
      },
      1,
    ],
    [
      'takes nothing without the log that it asks for',
      { made: cosignSignature(OWN, { by, subject: IMAGE, proof: 'none', timestamp: true }), authority: LOGGED },
      1,
    ],
    [
      'takes a timestamp where it asks for one',
      {
        made: cosignSignature(OWN, { by, subject: IMAGE, proof: 'none', timestamp: true }),
        authority: STAMPED,
      },
      0,
    ],
    ['takes no log in place of a timestamp', { made: SIGNED(OWN), authority: STAMPED }, 1],
    ['takes nothing without any time', { made: SIGNED(OWN), authority: { keyless: LOGGED.keyless } }, 1],
    [
      'asks for a certificate log, also where the root has none',
      { made: SIGNED(OWN), authority: LOGGED, root: trustRoot(OWN, { ctLogs: [] }) },
      1,
    ],
    [
      'asks for none where it says so',
      {
        made: SIGNED(BARE),
        authority: { ...STAMPED, keyless: { ...LOGGED.keyless, insecureIgnoreSCT: true } },
        root: trustRoot(BARE),
      },
      0,
    ],
    ['asks for one where it does not', { made: SIGNED(BARE), authority: STAMPED, root: trustRoot(BARE) }, 1],
    [
      'takes bundles',
      { made: statementBundle(OWN, { by, statement }), authority: { ...LOGGED, signatureFormat: 'bundle' } },
      0,
    ],
    [
      'takes no bundle where it asks for a signature under a tag',
      { made: statementBundle(OWN, { by, statement }), authority: LOGGED },
      1,
    ],
    [
      'takes an attestation of the type that it names',
      {
        made: cosignAttestation(OWN, { by, statement: { ...statement, predicateType: SPDX } }),
        authority: { ...LOGGED, attestations: [{ name: 'a', predicateType: 'spdxjson' }] },
      },
      0,
    ],
    [
      'takes no attestation of another type',
      {
        made: cosignAttestation(OWN, { by, statement: { ...statement, predicateType: SPDX } }),
        authority: { ...LOGGED, attestations: [{ name: 'a', predicateType: 'vuln' }] },
      },
      1,
    ],
    [
      'takes no signature for an attestation',
      { made: SIGNED(OWN), authority: { ...LOGGED, attestations: [{ name: 'a', predicateType: 'spdxjson' }] } },
      1,
    ],
    [
      'asks for all of its attestations',
      {
        made: cosignAttestation(OWN, { by, statement: { ...statement, predicateType: SPDX } }),
        authority: {
          ...LOGGED,
          attestations: [
            { name: 'a', predicateType: 'spdxjson' },
            { name: 'b', predicateType: 'vuln' },
          ],
        },
      },
      1,
    ],
    [
      'satisfies nobody by a ca-cert',
      { made: SIGNED(PUBLIC), authority: { keyless: { 'ca-cert': { data: 'x' }, identities: IDENTITIES } } },
      1,
    ],
  ])('%s', (_, asked, missing) => {
    expect(judged(asked).missing).toBe(missing);
  });

  test('widens nobody else’s trust', () => {
    const { evidence, ref } = judged({ made: SIGNED(OWN), authority: LOGGED });
    const signer = { kind: 'keyless', issuer: GITHUB, subject: '**', triggers: 'any', allowsSelfHosted: true } as const;
    const rule = anImageRule({ signature: { anyOf: [signer], count: 1 } });
    expect(evidence.believed).toMatchObject([{ signer: { isScoped: true } }]);
    expect(unmet(rule, ref, evidence, NOW)).toMatchObject([
      { message: expect.stringContaining('it stands under the root TrustRoot own in production') },
    ]);
  });

  test('builds nothing for rules that take the builder by its own certificate', () => {
    const repository = 'acme/shop';
    const made = statementBundle(OWN, { by, statement: aGithubProvenance(IMAGE, { repository }) });
    const { evidence, ref } = judged({ made, authority: { ...LOGGED, signatureFormat: 'bundle' } });
    const rule = anImageRule({ provenance: { builder: '**', source: repository, allowsSelfHosted: true } });
    expect(unmet(rule, ref, evidence, NOW)).toMatchObject([
      { message: expect.stringContaining('it stands under the root TrustRoot own for bundles in production') },
    ]);
  });

  test('counts under its own root where a public one proves the same', () => {
    const asked = { made: SIGNED(OWN), authority: LOGGED, trust: { roots: [OWN.trustedRoot] } };
    expect(judged(asked)).toMatchObject({
      missing: 0,
      answer: { signer: { root: 'own', alsoUnder: ['TrustRoot own in production'] } },
    });
  });

  test('is left out where its root cannot be read', () => {
    const root = trustRoot(OWN, { tLogs: [{ publicKey: btoa(pem('PUBLIC KEY', 'AAAA')) }] });
    const { rules, leftOut } = judged({ made: SIGNED(OWN), authority: LOGGED, root });
    expect(rules).toEqual([]);
    expect(leftOut).toEqual([
      'ClusterImagePolicy signed in production is not applied before the merge: a key or certificate of TrustRoot own in production cannot be read',
    ]);
  });
});

describe('a key with the log of a TrustRoot', () => {
  const key = aSigningKey();
  const authority = { key: { data: key.pem }, ctlog: { trustRootRef: 'own' } };

  const keySigned = (world: SigningWorld): Made => cosignSignature(world, { by: { key }, subject: IMAGE });

  test('counts with an entry of that log and of no other', () => {
    expect(judged({ made: keySigned(OWN), authority }).missing).toBe(0);
    expect(judged({ made: keySigned(PUBLIC), authority }).missing).toBe(1);
  });

  test('lends its log to no other key', () => {
    const other = aSigningKey();
    const own = { name: 'keys/a.pub', pem: other.pem, needsLog: true };
    const made = cosignSignature(OWN, { by: { key: other }, subject: IMAGE });
    const { answer } = judged({ made, authority, trust: { keys: [own] } });
    expect(isBelieved(answer)).toBe(false);
  });
});

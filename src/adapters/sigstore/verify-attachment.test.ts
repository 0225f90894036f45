import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { der, utf8 } from '../../../test/builders/der.ts';
import {
  attachmentOf,
  cosignAttestation,
  cosignSignature,
  type Made,
  type StatementSigningWish,
} from '../../../test/standin/sigstore/attachments.ts';
import { extension } from '../../../test/standin/sigstore/certificate.ts';
import { messageBundle, statementBundle } from '../../../test/standin/sigstore/bundles.ts';
import { aPerson, aWorkflow, GITHUB_ISSUER } from '../../../test/standin/sigstore/identity.ts';
import { aSigningKey } from '../../../test/standin/sigstore/keys.ts';
import {
  aGeneratorProvenance,
  aGithubProvenance,
  aSignStatement,
  COSIGN_SIGN,
  GENERATOR_BUILDER,
  SPDX,
} from '../../../test/standin/sigstore/statements.ts';
import { SIGNED_AT, signingWorld } from '../../../test/standin/sigstore/world.ts';
import type { Believed, Rejected, Trust } from '../../model/provenance.ts';
import { usableTrust } from './usable-trust.ts';
import { verifyAttachment } from './verify-attachment.ts';

const MANIFEST = Buffer.from('{"schemaVersion":2}');
const IMAGE = digestOf(MANIFEST);
const world = signingWorld();
const github = signingWorld({ name: 'github', style: 'github' });
const by = { identity: aWorkflow({ repository: 'acme/shop' }) };
const key = aSigningKey();
const trust: Trust = {
  roots: [world.trustedRoot, github.trustedRoot],
  keys: [{ name: 'keys/release.pub', pem: key.pem, needsLog: false }],
  authorities: [],
};

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function verified(made: Made, trusted: Trust = trust): Believed | Rejected {
  const want = { subjects: [IMAGE], attachment: attachmentOf(made, IMAGE), artifacts: [MANIFEST] };
  return verifyAttachment(want, usableTrust(trusted), new Date('2026-06-01T00:00:00Z'));
}

const SIGN: StatementSigningWish = { by, statement: aSignStatement(IMAGE) };
const SBOM: StatementSigningWish = { by, statement: { subjects: [IMAGE], predicateType: SPDX, predicate: {} } };
const SIGNER = { kind: 'keyless', root: 'standin', issuer: GITHUB_ISSUER };

const GOOD: readonly (readonly [string, () => Made, object])[] = [
  ['a cosign signature', () => cosignSignature(world, { by, subject: IMAGE }), { role: 'signature', isLogged: true }],
  ['a bundle', () => statementBundle(world, SIGN), { role: 'signature', predicateType: COSIGN_SIGN }],
  ['a bundle of version 0.1', () => statementBundle(world, { ...SIGN, version: '0.1' }), { isLogged: true }],
  ['a bundle of version 0.2', () => statementBundle(world, { ...SIGN, version: '0.2' }), { isLogged: true }],
  ['a bundle in the newer log', () => statementBundle(world, { ...SIGN, proof: 'tiles' }), { isLogged: true }],
  ['a bundle over the manifest', () => messageBundle(world, { by, artifact: MANIFEST }), { role: 'signature' }],
  [
    'the same in the newer log',
    () => messageBundle(world, { by, artifact: MANIFEST, proof: 'tiles' }),
    { role: 'signature' },
  ],
  [
    'a bundle of version 0.1 with a proof that leads nowhere',
    () =>
      statementBundle(world, {
        ...SIGN,
        version: '0.1',
        edit: ({ verificationMaterial }) => {
          const [entry] = verificationMaterial['tlogEntries'] as { inclusionProof: object }[];
          if (entry) entry.inclusionProof = { logIndex: '1', rootHash: 'AAAA', treeSize: '2', hashes: ['AAAA'] };
        },
      }),
    { isLogged: true },
  ],
  [
    'an entry of kind intoto 0.0.2',
    () => statementBundle(world, { ...SIGN, entry: 'intoto-0.0.2' }),
    { isLogged: true },
  ],
  [
    'an entry of kind intoto 0.0.1',
    () => statementBundle(world, { ...SIGN, entry: 'intoto-0.0.1' }),
    { isLogged: true },
  ],
  [
    'an SBOM, which is no signature (P-B6)',
    () => cosignAttestation(world, SBOM),
    { role: 'attestation', predicateType: SPDX },
  ],
];

describe('what is whole is believed', () => {
  test.each(GOOD)('%s', (_, make, expected) => {
    expect(verified(make())).toMatchObject({
      subject: IMAGE,
      signer: SIGNER,
      signedAt: SIGNED_AT.toISOString(),
      ...expected,
    });
  });
});

const SHOP = { repository: 'acme/shop' };

/** An attestation of cosign, stamped as a whole at a time with this fraction. */
function stampedWith(fraction: string): Made {
  const plain = cosignAttestation(github, { ...SBOM, proof: 'none' });
  const stamp = Buffer.from(github.timestamps.stamp(plain.content, SIGNED_AT, fraction)).toString('base64');
  const timestamp = { 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: stamp }) };
  return { ...plain, annotations: { ...plain.annotations, ...timestamp } };
}

describe('what is learnt of it', () => {
  test('the claims of a workflow, and where a cosign signature says that it belongs', () => {
    const made = cosignSignature(world, { by, subject: IMAGE, dockerReference: 'ghcr.io/acme/shop' });
    expect(verified(made)).toEqual({
      format: 'cosign-signature',
      place: attachmentOf(made, IMAGE).place,
      digest: attachmentOf(made, IMAGE).digest,
      subject: IMAGE,
      role: 'signature',
      dockerReference: 'ghcr.io/acme/shop',
      signer: {
        kind: 'keyless',
        root: 'standin',
        issuer: GITHUB_ISSUER,
        subject: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3',
        claims: {
          buildSignerUri: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3',
          runnerEnvironment: 'github-hosted',
          sourceRepositoryUri: 'https://github.com/acme/shop',
          sourceRepositoryId: '1234567',
          sourceDigest: '4d1c1b4b8f1b6c1f9a1e5d9f3f0a7c2b6e8d0f12',
          sourceRef: 'refs/tags/v1.2.3',
          ownerUri: 'https://github.com/acme',
          ownerId: '7654321',
          buildConfigUri: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3',
          trigger: 'push',
          runUri: 'https://github.com/acme/shop/actions/runs/42/attempts/1',
          visibility: 'public',
        },
      },
      signedAt: SIGNED_AT.toISOString(),
      isLogged: true,
    });
  });

  test('claims of before 2023, which have other names', () => {
    const { issuer, subject, claims } = aWorkflow(SHOP);
    const old = Object.fromEntries(Object.entries(claims).filter(([id]) => Number(id) <= 6));
    const made = statementBundle(world, { ...SIGN, by: { identity: { issuer, subject, claims: old } } });
    expect(verified(made)).toMatchObject({
      signer: {
        issuer: GITHUB_ISSUER,
        claims: { sourceRepositoryUri: 'https://github.com/acme/shop', sourceRef: 'refs/tags/v1.2.3', trigger: 'push' },
      },
    });
  });

  test('what GitHub says of a build', () => {
    const made = statementBundle(world, { by, statement: aGithubProvenance(IMAGE, SHOP) });
    expect(verified(made)).toMatchObject({
      role: 'attestation',
      predicateType: 'https://slsa.dev/provenance/v1',
      provenance: {
        builder: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3',
        source: 'https://github.com/acme/shop',
        sourceDigest: '4d1c1b4b8f1b6c1f9a1e5d9f3f0a7c2b6e8d0f12',
        ref: 'refs/tags/v1.2.3',
        workflow: '.github/workflows/release.yml',
        trigger: 'push',
        runUri: 'https://github.com/acme/shop/actions/runs/42/attempts/1',
      },
    });
  });

  test('what slsa-github-generator says of a build, in the tag .att', () => {
    const made = cosignAttestation(world, { by, statement: aGeneratorProvenance(IMAGE, SHOP) });
    expect(verified(made)).toMatchObject({
      isLogged: true,
      provenance: {
        builder: GENERATOR_BUILDER,
        source: 'git+https://github.com/acme/shop',
        sourceDigest: '4d1c1b4b8f1b6c1f9a1e5d9f3f0a7c2b6e8d0f12',
        ref: 'refs/tags/v1.2.3',
        workflow: '.github/workflows/release.yml',
        trigger: 'push',
      },
    });
  });

  test('without any log, under the root of GitHub: the time of a timestamp', () => {
    expect(verified(statementBundle(github, SIGN))).toMatchObject({
      signer: { root: 'github' },
      signedAt: SIGNED_AT.toISOString(),
      isLogged: false,
    });
  });

  test('of an attestation of cosign, the whole of which was stamped', () => {
    expect(verified(stampedWith(''))).toMatchObject({ subject: IMAGE, signedAt: SIGNED_AT.toISOString() });
  });

  test('a person', () => {
    const made = statementBundle(world, { ...SIGN, by: { identity: aPerson('ada@acme.example') } });
    expect(verified(made)).toMatchObject({
      signer: { subject: 'ada@acme.example', issuer: 'https://accounts.google.com' },
    });
  });

  test('a user who has a name and no address', () => {
    const identity = { ...aPerson('ada!acme.example'), subjectKind: 'other-name' as const };
    const made = statementBundle(world, { ...SIGN, by: { identity } });
    expect(verified(made)).toMatchObject({ signer: { kind: 'keyless', subject: 'ada!acme.example' } });
  });

  test.each(['.5', '.25', '.123', '.000001'])('when it was stamped, with a fraction of a second: %s', (fraction) => {
    const made = stampedWith(fraction);
    expect(verified(made)).toMatchObject({ subject: IMAGE, signedAt: SIGNED_AT.toISOString() });
    expect(verified({ ...made, content: Buffer.concat([made.content, Buffer.from(' ')]) })).toMatchObject({
      fault: 'invalid',
    });
  });

  test.each(['.', '.x', '.5.5', ',5', '.-5'])('a time with something else in it is none: %s', (fraction) => {
    expect(verified(stampedWith(fraction))).toMatchObject({ fault: 'invalid' });
  });

  test('an image beside a commit', () => {
    const made = subjects({ name: 'v1.2.3', digest: { sha1: 'c0ffee' } }, IMAGE);
    expect(verified(made)).toMatchObject({ subject: IMAGE });
  });

  test('of several subjects the one that it lies beside', () => {
    const index = digestOf(Buffer.from('index'));
    const statement = { subjects: [IMAGE, index, `sha256:${'0'.repeat(64)}`], predicateType: SPDX, predicate: {} };
    const attachment = attachmentOf(statementBundle(world, { by, statement }), index);
    const answer = verifyAttachment({ subjects: [IMAGE, index], attachment }, usableTrust(trust), new Date());
    expect(answer).toMatchObject({ subject: index });
  });
});

describe('a root that asks for timestamps besides the log', () => {
  const strict = { ...world.trustedRoot, thresholds: { logs: 1, certificateLogs: 1, timestamps: 1 } };

  test('is content with both, and with nothing less', () => {
    const both = statementBundle(world, { ...SIGN, timestamp: true });
    expect(verified(both, { ...trust, roots: [strict] })).toMatchObject({ subject: IMAGE, isLogged: true });
    expect(verified(statementBundle(world, SIGN), { ...trust, roots: [strict] })).toMatchObject({
      fault: 'invalid',
      reason: 'its root asks for 1 timestamps, and it has 0',
    });
  });
});

test('P-C3: a root that asks for nothing does not believe what has no time', () => {
  const lax = { ...github.trustedRoot, thresholds: { logs: 0, certificateLogs: 0, timestamps: 0 } };
  expect(verified(statementBundle(github, { ...SIGN, proof: 'none' }), { ...trust, roots: [lax] })).toMatchObject({
    fault: 'invalid',
    reason: 'it does not hold: expected 1 timestamps, got 0',
  });
});

const OTHER = digestOf(Buffer.from('another image'));
const EMPTY_SBOM = { predicateType: SPDX, predicate: {} };
const subjects = (...list: readonly (string | object | null)[]) =>
  statementBundle(world, { by, statement: { subjects: list, ...EMPTY_SBOM } });
const text = (bytes: string) => statementBundle(world, { by, statement: Buffer.from(bytes) });
const bundle = (edit: (json: Record<string, unknown>) => void) =>
  statementBundle(world, { ...SIGN, edit: (json) => edit(json as unknown as Record<string, unknown>) });
const raw = (change: (json: string) => string): Made => {
  const made = statementBundle(world, SIGN);
  return { ...made, content: Buffer.from(change(Buffer.from(made.content).toString())) };
};
const STATEMENT = { _type: 'https://in-toto.io/Statement/v1', predicateType: SPDX, predicate: {} };
const SUBJECT = [{ name: 'x', digest: { sha256: IMAGE.slice(7) } }];
const ANOTHER_KEY = aSigningKey();
/** Of the same name and address, with keys of its own. */
const ANOTHER_WORLD = signingWorld();
const EVIL = { repository: 'evil/shop' };

interface Hostile {
  readonly make: () => Made;
  readonly fault: Rejected['fault'];
  readonly reason: string;
}

function row(make: () => Made, fault: Rejected['fault'], reason: string): Hostile {
  return { make, fault, reason };
}

const HOSTILE: Readonly<Record<string, Hostile>> = {
  'P-B1: a signature of another image': row(
    () => cosignSignature(world, { by, subject: OTHER }),
    'mismatch',
    'not of this image',
  ),
  'P-B2: a statement about another image': row(() => subjects(OTHER), 'mismatch', 'not of this image'),
  'P-B2: several subjects, and none is this image': row(
    () => subjects(OTHER, `sha256:${'1'.repeat(64)}`),
    'mismatch',
    'not of',
  ),
  'P-B2: only subjects without SHA-256': row(
    () => subjects({ name: 'x', digest: { sha1: 'ab' } }),
    'malformed',
    'no subject of the statement has a SHA-256 digest',
  ),
  'P-B2: another image beside a commit': row(
    () => subjects(OTHER, { name: 'x', digest: { sha1: 'ab' } }),
    'mismatch',
    'not of this image',
  ),
  'P-B2: the digest of the image as one of another kind': row(
    () => subjects(OTHER, { name: 'x', digest: { gitCommit: IMAGE.slice(7) } }),
    'mismatch',
    'not of this image',
  ),
  'P-B2: a subject with a list of digests that is empty': row(
    () => subjects(IMAGE, { name: 'x', digest: {} }),
    'malformed',
    'a digest that is none',
  ),
  'P-B2: a subject with an empty digest': row(
    () => subjects(IMAGE, { name: 'x', digest: { gitCommit: '' } }),
    'malformed',
    'a digest that is none',
  ),
  'P-B2: a subject with a digest that is no text': row(
    () => subjects(IMAGE, { name: 'x', digest: { gitCommit: null } }),
    'malformed',
    'a digest that is none',
  ),
  'P-B2, P-B9: a subject with two digests that some readers take for one': row(
    () => subjects({ name: 'x', digest: { sha256: IMAGE.slice(7), SHA256: OTHER.slice(7) } }),
    'malformed',
    'take for one',
  ),
  'P-B2: a subject without digest': row(() => subjects(IMAGE, { name: 'x' }), 'malformed', '"digest"'),
  'P-B2: a subject that is null': row(() => subjects(IMAGE, null), 'malformed', 'a subject'),
  'P-B2: no subject': row(() => subjects(), 'malformed', 'no subject'),
  'P-B2: a digest in capitals': row(
    () => subjects({ name: 'x', digest: { sha256: IMAGE.slice(7).toUpperCase() } }),
    'malformed',
    'a SHA-256 digest that is none',
  ),
  'P-B3: a bundle whose digest is not that of what it signs': row(
    () =>
      messageBundle(world, {
        by,
        artifact: Buffer.from('x'),
        edit: ({ messageSignature }) => {
          if (messageSignature)
            messageSignature.messageDigest.digest = Buffer.from(IMAGE.slice(7), 'hex').toString('base64');
        },
      }),
    'invalid',
    'digest mismatch',
  ),
  'P-B3: a bundle over bytes that are not the image': row(
    () => messageBundle(world, { by, artifact: Buffer.from('x') }),
    'invalid',
    'none that the image names',
  ),
  'P-B4: a payload of another type': row(
    () => cosignSignature(world, { by, subject: IMAGE, type: 'atomic container signature' }),
    'malformed',
    'atomic container signature',
  ),
  'P-B5: an envelope of text': row(
    () => statementBundle(world, { ...SIGN, payloadType: 'text/plain' }),
    'invalid',
    'text/plain',
  ),
  'P-B5: cosign 1.4.1, which wrote the predicate as type': row(
    () => cosignAttestation(world, { ...SBOM, payloadType: SPDX }),
    'invalid',
    'not an in-toto statement',
  ),
  'P-B5: a statement of another type': row(
    () =>
      statementBundle(world, {
        by,
        statement: { subjects: [IMAGE], ...EMPTY_SBOM, type: 'https://in-toto.io/Statement/v2' },
      }),
    'malformed',
    'no version of an in-toto statement',
  ),
  'P-B5: a statement without predicate type': row(
    () => text(JSON.stringify({ ...STATEMENT, subject: SUBJECT, predicateType: '' })),
    'malformed',
    'predicateType',
  ),
  'P-B7: a statement that nobody signed': row(
    () => bundle((json) => (json['dsseEnvelope'] = { ...(json['dsseEnvelope'] as object), signatures: [] })),
    'malformed',
    'signature',
  ),
  'P-B9: a key twice in the statement': row(
    () =>
      text(
        `{"_type":"${STATEMENT._type}","subject":${JSON.stringify([{ digest: { sha256: OTHER.slice(7) } }])},"subject":${JSON.stringify(SUBJECT)},"predicateType":"${SPDX}","predicate":{}}`,
      ),
    'malformed',
    'strict JSON',
  ),
  'P-B9: two keys that differ by case': row(
    () => text(JSON.stringify({ ...STATEMENT, subject: SUBJECT, Subject: [{ digest: { sha256: OTHER.slice(7) } }] })),
    'malformed',
    'two keys',
  ),
  'P-B9: a key in another case': row(
    () => text(JSON.stringify({ ...STATEMENT, Subject: SUBJECT })),
    'malformed',
    'no subject',
  ),
  'P-B9: a byte order mark': row(() => raw((json) => `\ufeff${json}`), 'malformed', 'strict JSON'),
  'P-B9: a key twice in the bundle': row(
    () => raw((json) => json.replace('{', '{"mediaType":"x",')),
    'malformed',
    'strict JSON',
  ),
  'P-B9: the other name of a field': row(
    () => bundle((json) => (json['dsse_envelope'] = json['dsseEnvelope'])),
    'malformed',
    'two keys',
  ),
  'P-B9: the other name of a field, deep inside': row(
    () =>
      statementBundle(world, {
        ...SIGN,
        edit: ({ verificationMaterial }) => {
          const [entry] = verificationMaterial['tlogEntries'] as Record<string, unknown>[];
          if (entry) entry['integrated_time'] = '1';
        },
      }),
    'malformed',
    'two keys',
  ),
  'two signatures in an attestation of cosign': row(
    () => {
      const made = cosignAttestation(world, SBOM);
      const envelope = JSON.parse(Buffer.from(made.content).toString()) as { signatures: object[] };
      envelope.signatures.push({ sig: 'AAAA' });
      return { ...made, content: Buffer.from(JSON.stringify(envelope)) };
    },
    'malformed',
    'not exactly one signature',
  ),
  'P-B9: a signature that is not quite base64': row(
    () => raw((json) => json.replace(/"sig":"([^"]+)"/, '"sig":"$1\\n"')),
    'malformed',
    'not written in base64',
  ),
  'P-B9: a certificate that is not quite base64': row(
    () => raw((json) => json.replace(/"rawBytes":"([^"]+)"/, '"rawBytes":" $1"')),
    'malformed',
    'not written in base64',
  ),
  'P-B9: a proof that is not quite base64': row(
    () => raw((json) => json.replace(/"hashes":\["([^"]+)"/, '"hashes":["$1="')),
    'malformed',
    'not written in base64',
  ),
  'P-B9: a certificate with something behind it': row(
    () =>
      raw((json) =>
        json.replace(
          /"rawBytes":"([^"]+)"/,
          (_, written: string) =>
            `"rawBytes":"${Buffer.concat([Buffer.from(written, 'base64'), Buffer.of(0)]).toString('base64')}"`,
        ),
      ),
    'malformed',
    'cannot be read',
  ),
  'P-B9: two kinds of content': row(
    () =>
      bundle(
        (json) =>
          (json['messageSignature'] = { messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' }, signature: 'AAAA' }),
      ),
    'malformed',
    'exactly one of dsseEnvelope',
  ),
  'P-B9: two kinds of signer': row(
    () => bundle((json) => ((json['verificationMaterial'] as Record<string, unknown>)['publicKey'] = { hint: 'x' })),
    'malformed',
    'exactly one of publicKey',
  ),
  'a bundle of an unknown version': row(
    () => bundle((json) => (json['mediaType'] = 'application/vnd.dev.sigstore.bundle.v0.9+json')),
    'malformed',
    'no version of a bundle',
  ),
  'two signatures in an envelope': row(
    () =>
      bundle((json) => {
        const envelope = json['dsseEnvelope'] as { signatures: object[] };
        envelope.signatures.push({ sig: 'AAAA' });
      }),
    'malformed',
    'signatures',
  ),
  'a tampered payload': row(
    () =>
      bundle(
        (json) =>
          ((json['dsseEnvelope'] as { payload: string }).payload = Buffer.from(
            JSON.stringify({ ...STATEMENT, subject: SUBJECT }),
          ).toString('base64')),
      ),
    'invalid',
    'it does not hold',
  ),
  'P-C1: a log entry of another signature': row(
    () => statementBundle(world, { ...SIGN, logged: { signature: Buffer.from('x') } }),
    'invalid',
    'it does not hold',
  ),
  'P-C1: a log entry of another payload': row(
    () =>
      statementBundle(world, {
        ...SIGN,
        logged: { envelope: { json: '', payload: Buffer.from('x'), payloadType: '' } },
      }),
    'invalid',
    'payload hash mismatch',
  ),
  'P-C2: the same signature, logged for another certificate': row(
    () => statementBundle(world, { ...SIGN, logged: { verifier: statementBundle(world, SIGN).signature } }),
    'invalid',
    'another certificate or key',
  ),
  'P-C2: the same in the tag .sig': row(
    () => cosignSignature(world, { by, subject: IMAGE, logged: { verifier: statementBundle(world, SIGN).signature } }),
    'invalid',
    'another certificate or key',
  ),
  'P-C2: the same in the newer log': row(
    () =>
      statementBundle(world, { ...SIGN, proof: 'tiles', logged: { verifier: statementBundle(world, SIGN).signature } }),
    'invalid',
    'another certificate or key',
  ),
  'P-C2: an entry of intoto 0.0.1 for another certificate': row(
    () => cosignAttestation(world, { ...SBOM, logged: { verifier: statementBundle(world, SIGN).signature } }),
    'invalid',
    'another certificate or key',
  ),
  'P-C2: logged for the bare key of the certificate': row(
    () =>
      statementBundle(world, { ...SIGN, by: { ...by, key: ANOTHER_KEY }, logged: { verifier: { key: ANOTHER_KEY } } }),
    'invalid',
    'another certificate or key',
  ),
  'P-C1: an entry of intoto 0.0.1 for another payload': row(
    () =>
      cosignAttestation(world, {
        ...SBOM,
        logged: { envelope: { json: '', payload: Buffer.from('x'), payloadType: '' } },
      }),
    'invalid',
    'another payload',
  ),
  'P-C1: an entry of intoto 0.0.1 with a forged promise': row(
    () => {
      const made = cosignAttestation(world, SBOM);
      const name = 'dev.sigstore.cosign/bundle';
      const entry = JSON.parse(made.annotations[name] ?? '') as { Payload: { integratedTime: number } };
      entry.Payload.integratedTime += 60;
      return { ...made, annotations: { ...made.annotations, [name]: JSON.stringify(entry) } };
    },
    'invalid',
    'inclusion promise could not be verified',
  ),
  'P-C3: the log entry taken away': row(() => bundle(withoutEntries), 'invalid', 'expected 1 timestamps'),
  'P-C3: no entry, but a timestamp, under a root with logs': row(
    () => statementBundle(world, { ...SIGN, proof: 'timestamp' }),
    'invalid',
    'expected 1 tlog entries',
  ),
  'P-C3: the newer log without a timestamp': row(
    () => statementBundle(world, { ...SIGN, proof: 'tiles', timestamp: false }),
    'invalid',
    'expected 1 timestamps',
  ),
  'P-C3: neither log nor timestamp under the root of GitHub': row(
    () => statementBundle(github, { ...SIGN, proof: 'none' }),
    'invalid',
    'its root asks for 1 timestamps',
  ),
  'P-C3: a time without a promise': row(
    () => raw((json) => json.replace(/"inclusionPromise":\{[^}]*\},/, '')),
    'invalid',
    'expected 1 timestamps',
  ),
  'P-C4: one log entry three times': row(() => bundle((json) => repeatEntries(json, 3)), 'invalid', 'duplicate'),
  'P-C4: one log entry 3,000 times': row(() => bundle((json) => repeatEntries(json, 3000)), 'malformed', 'more than 8'),
  'P-C5: signed when the certificate had run out': row(
    () => statementBundle(world, { ...SIGN, loggedAt: new Date('2026-03-01T13:00:00Z') }),
    'invalid',
    'it does not hold',
  ),
  'P-C6: a timestamp of other bytes': row(
    () => statementBundle(github, { ...SIGN, stamped: Buffer.from('x') }),
    'invalid',
    'timestamp could not be verified',
  ),
  'P-C7: no promise of a certificate log': row(
    () => statementBundle(world, { ...SIGN, by: { ...by, certificate: { sct: 'none' } } }),
    'invalid',
    'expected 1 SCTs',
  ),
  'P-C10: a log whose key the root does not hold': row(
    () => statementBundle({ ...world, rekor: ANOTHER_WORLD.rekor }, SIGN),
    'invalid',
    'inclusion promise could not be verified',
  ),
  'P-C10: a newer log whose key the root does not hold': row(
    () => statementBundle({ ...world, tiles: ANOTHER_WORLD.tiles }, { ...SIGN, proof: 'tiles' }),
    'invalid',
    'invalid checkpoint signature',
  ),
  'P-C7: the promise of another certificate log': row(
    () => statementBundle(world, { ...SIGN, by: { ...by, certificate: { sct: 'other-log' } } }),
    'invalid',
    'SCT',
  ),
  'P-C8: a certificate for clients': row(
    () => statementBundle(world, { ...SIGN, by: { ...by, certificate: { usages: ['1.3.6.1.5.5.7.3.2'] } } }),
    'invalid',
    'signing code',
  ),
  'P-C8: a certificate for encipherment': row(
    () => statementBundle(world, { ...SIGN, by: { ...by, certificate: { keyUsage: [2] } } }),
    'invalid',
    'not one for signatures',
  ),
  'P-C8: a certificate of an authority': row(
    () => statementBundle(world, { ...SIGN, by: { ...by, certificate: { isAuthority: true } } }),
    'invalid',
    'of an authority',
  ),
  'P-C8: an extension twice': row(
    () =>
      statementBundle(world, {
        ...SIGN,
        by: { ...by, certificate: { extra: [aClaim(12, 'https://github.com/evil/shop')] } },
      }),
    'malformed',
    'extension twice',
  ),
  'P-C9: the root among its certificates': row(
    () => statementBundle(world, { ...SIGN, version: '0.2', chain: 'with-root' }),
    'invalid',
    'self-signed',
  ),
  'a claim that is no text': row(
    () => {
      const identity = aPerson('ada@acme.example');
      return statementBundle(world, {
        ...SIGN,
        by: { identity, certificate: { extra: [aBareClaim(12, 'https://x')] } },
      });
    },
    'invalid',
    'not written as text',
  ),
  'a name with bytes beyond ASCII': row(
    () => statementBundle(world, { ...SIGN, by: { identity: aPerson('\u00e1da@acme.example') } }),
    'invalid',
    'not plain text',
  ),
  'a user name that reads as an address': row(
    () => statementBundle(world, { ...SIGN, by: { identity: { ...aPerson('ada@x'), subjectKind: 'other-name' } } }),
    'invalid',
    'not user!domain',
  ),
  'a claim with something behind its text': row(
    () => {
      const extra = [
        extension('1.3.6.1.4.1.57264.1.12', Buffer.concat([utf8('https://github.com/acme/shop'), Buffer.of(0)])),
      ];
      return statementBundle(world, { ...SIGN, by: { identity: aPerson('ada@acme.example'), certificate: { extra } } });
    },
    'invalid',
    'not written as text',
  ),
  'a claim of another type of text': row(
    () => {
      const extra = [extension('1.3.6.1.4.1.57264.1.12', der(0x16, Buffer.from('https://github.com/acme/shop')))];
      return statementBundle(world, { ...SIGN, by: { identity: aPerson('ada@acme.example'), certificate: { extra } } });
    },
    'invalid',
    'not written as text',
  ),
  'a claim that is no UTF-8': row(
    () => {
      const extra = [extension('1.3.6.1.4.1.57264.1.12', der(0x0c, Buffer.of(0xff)))];
      return statementBundle(world, { ...SIGN, by: { identity: aPerson('ada@acme.example'), certificate: { extra } } });
    },
    'invalid',
    'UTF-8',
  ),
  'a log entry with something beside its certificate': row(
    () => {
      const made = statementBundle(world, SIGN).signature;
      const certificate = { der: made.certificate?.der ?? Buffer.of(), pem: `x\n${made.certificate?.pem}` };
      return statementBundle(world, { ...SIGN, logged: { verifier: { ...made, certificate } } });
    },
    'invalid',
    'holds something that is no PEM',
  ),
  'a log entry with two certificates': row(
    () => {
      const made = statementBundle(world, SIGN).signature;
      const certificate = {
        der: made.certificate?.der ?? Buffer.of(),
        pem: `${made.certificate?.pem}${made.certificate?.pem}`,
      };
      return statementBundle(world, { ...SIGN, logged: { verifier: { ...made, certificate } } });
    },
    'invalid',
    'not exactly one PEM block',
  ),
  'an annotation with a key in place of a certificate': row(
    () =>
      cosignSignature(world, {
        by,
        subject: IMAGE,
        annotations: { 'dev.sigstore.cosign/certificate': ANOTHER_KEY.pem },
      }),
    'malformed',
    'holds a PUBLIC KEY',
  ),
  'an annotation with a log id that is no hexadecimal': row(
    () => rekorAnnotation((entry) => (entry.Payload['logID'] = `${String(entry.Payload['logID'])}g`)),
    'malformed',
    'hexadecimal',
  ),
  'an annotation with a time in text': row(
    () => rekorAnnotation((entry) => (entry.Payload['integratedTime'] = String(entry.Payload['integratedTime']))),
    'malformed',
    'no whole number "integratedTime"',
  ),
  'P-B9: an annotation with two keys that differ by case': row(
    () => rekorAnnotation((entry) => (entry.Payload['logid'] = 'x')),
    'malformed',
    'two keys',
  ),
  'no signature in the annotations': row(
    () =>
      cosignSignature(world, { by, subject: IMAGE, annotations: { 'dev.cosignproject.cosign/signature': undefined } }),
    'malformed',
    'dev.cosignproject.cosign/signature',
  ),
  'P-C4: an entry of intoto 0.0.1 twice': row(
    () =>
      statementBundle(world, {
        ...SIGN,
        version: '0.2',
        entry: 'intoto-0.0.1',
        edit: (json) => repeatEntries(json as unknown as Record<string, unknown>, 2),
      }),
    'invalid',
    'a log entry twice',
  ),
  'P-C1: an entry of intoto 0.0.1 that claims to be one, and is another': row(
    () =>
      statementBundle(world, {
        ...SIGN,
        edit: ({ verificationMaterial }) => {
          const [entry] = verificationMaterial['tlogEntries'] as { kindVersion: object }[];
          if (entry) entry.kindVersion = { kind: 'intoto', version: '0.0.1' };
        },
      }),
    'invalid',
    'another kind than it claims',
  ),
  'an entry of a kind that nobody knows': row(
    () =>
      statementBundle(world, {
        ...SIGN,
        edit: ({ verificationMaterial }) => {
          const [entry] = verificationMaterial['tlogEntries'] as { kindVersion: object }[];
          if (entry) entry.kindVersion = { kind: 'helm', version: '0.0.1' };
        },
      }),
    'invalid',
    'kind helm 0.0.1',
  ),
  'P-B9: a subject with two keys that differ by case': row(
    () => text(JSON.stringify({ ...STATEMENT, subject: [{ ...SUBJECT[0], Digest: { sha256: OTHER.slice(7) } }] })),
    'malformed',
    'two keys',
  ),
  'P-B9: a digest with two keys that differ by case': row(
    () =>
      text(JSON.stringify({ ...STATEMENT, subject: [{ digest: { sha256: IMAGE.slice(7), SHA256: OTHER.slice(7) } }] })),
    'malformed',
    'two keys',
  ),
  'no issuer of the identity': row(
    () => statementBundle(world, { ...SIGN, by: { identity: { ...aPerson('ada@acme.example'), claims: {} } } }),
    'invalid',
    'names no issuer',
  ),
  'a certificate of nobody who is trusted': row(
    () => statementBundle(signingWorld({ name: 'elsewhere' }), SIGN),
    'invalid',
    'no trusted root or authority',
  ),
  'a certificate of somebody with the name of one who is trusted': row(
    () => statementBundle(signingWorld(), SIGN),
    'invalid',
    'it does not hold',
  ),
  'provenance that names another source than its certificate': row(
    () => statementBundle(world, { by, statement: aGithubProvenance(IMAGE, EVIL) }),
    'mismatch',
    'its certificate https://github.com/acme/shop',
  ),
  'provenance without builder': row(
    () => statementBundle(world, { by, statement: aGithubProvenance(IMAGE, { ...SHOP, builder: '' }) }),
    'malformed',
    'no builder',
  ),
  'P-E4: a certificate that is nested 200,000 times': row(
    () => raw((json) => json.replace(/"rawBytes":"[^"]+"/, () => `"rawBytes":"${nested(200_000).toString('base64')}"`)),
    'malformed',
    'cannot be read',
  ),
  'P-G1: no content at all': row(
    () => ({ ...statementBundle(world, SIGN), content: new Uint8Array() }),
    'malformed',
    'strict JSON',
  ),
  'P-G1: an empty object': row(
    () => ({ ...statementBundle(world, SIGN), content: Buffer.from('{}') }),
    'malformed',
    'mediaType',
  ),
  'P-G1: a bundle that is all null': row(
    () => bundle((json) => (json['verificationMaterial'] = null)),
    'malformed',
    'verificationMaterial',
  ),
};

function withoutEntries(json: Record<string, unknown>): void {
  (json['verificationMaterial'] as { tlogEntries: unknown[] }).tlogEntries = [];
}

function repeatEntries(json: Record<string, unknown>, times: number): void {
  const material = json['verificationMaterial'] as { tlogEntries: unknown[] };
  material.tlogEntries = Array.from({ length: times }, () => material.tlogEntries[0]);
}

function rekorAnnotation(edit: (entry: { Payload: Record<string, unknown> }) => void): Made {
  const made = cosignSignature(world, { by, subject: IMAGE });
  const name = 'dev.sigstore.cosign/bundle';
  const entry = JSON.parse(made.annotations[name] ?? '') as { Payload: Record<string, unknown> };
  edit(entry);
  return { ...made, annotations: { ...made.annotations, [name]: JSON.stringify(entry) } };
}

function aClaim(id: number, value: string): Uint8Array {
  return extension(`1.3.6.1.4.1.57264.1.${id}`, utf8(value));
}

function aBareClaim(id: number, value: string): Uint8Array {
  return extension(`1.3.6.1.4.1.57264.1.${id}`, Buffer.from(value));
}

/** A SEQUENCE in a SEQUENCE in a SEQUENCE, of right lengths. */
function nested(levels: number): Buffer {
  const headers: Buffer[] = [];
  for (let level = 0, length = 0; level < levels; level += 1) {
    const size = Buffer.alloc(5);
    size.writeUInt32BE(length, 1);
    size.writeUInt8(0x84);
    headers.push(Buffer.concat([Buffer.of(0x30), size]));
    length += 6;
  }
  return Buffer.concat(headers.toReversed());
}

describe('what is hostile or broken proves nothing', () => {
  test.each(Object.entries(HOSTILE))('%s', (_, { make, fault, reason }) => {
    const answer = verified(make());
    expect(answer).toMatchObject({ fault });
    expect(answer).toHaveProperty('reason', expect.stringContaining(reason));
  });
});

describe('under a root that is not here', () => {
  const organization = 'GitHub, Inc.';
  const own = signingWorld({ name: 'github', style: 'github', organization });
  const sentence = 'the root of the stand-in is not here';
  const missing = [{ name: 'github', organization, sentence }];
  const stranger = signingWorld({ name: 'stranger', style: 'github' });

  test('nothing is said of it but that, and which root is needed', () => {
    expect(verified(statementBundle(own, SIGN), { ...trust, missing })).toMatchObject({
      fault: 'invalid',
      reason: sentence,
      needs: 'github',
    });
  });

  test('it is believed once the root is here, or where another root proves it', () => {
    const here = { ...trust, roots: [own.trustedRoot] };
    expect(verified(statementBundle(own, SIGN), here)).toMatchObject({ signer: { root: 'github' } });
    expect(verified(statementBundle(own, SIGN), { ...here, missing })).toMatchObject({ signer: { root: 'github' } });
  });

  test('a root of the same authority that cannot prove it decides nothing', () => {
    const older = { ...own.trustedRoot, thresholds: { logs: 1, certificateLogs: 0, timestamps: 0 } };
    expect(verified(statementBundle(own, SIGN), { ...trust, roots: [older], missing })).toHaveProperty(
      'needs',
      'github',
    );
    expect(verified(statementBundle(own, SIGN), { ...trust, roots: [older] })).not.toHaveProperty('needs');
  });

  test('what others have issued is refused as ever, and so is all where nothing is missing', () => {
    const reason = 'no trusted root or authority has issued its certificate';
    const refused = { fault: 'invalid', reason };
    expect(verified(statementBundle(stranger, SIGN), { ...trust, missing })).toMatchObject(refused);
    expect(verified(statementBundle(stranger, SIGN), { ...trust, missing })).not.toHaveProperty('needs');
    expect(verified(statementBundle(own, SIGN), trust)).toMatchObject(refused);
    expect(verified(statementBundle(own, SIGN), trust)).not.toHaveProperty('needs');
  });
});

describe('a root that vouches for one issuer', () => {
  const one = { ...trust, roots: [{ ...github.trustedRoot, issuer: GITHUB_ISSUER }] };
  const madeBy = (issuer: string) =>
    statementBundle(github, { ...SIGN, by: { identity: aWorkflow({ repository: 'acme/shop', issuer }) } });

  test.each([GITHUB_ISSUER, `${GITHUB_ISSUER}/acme`])('proves identities of %s', (issuer) => {
    expect(verified(madeBy(issuer), one)).toMatchObject({ signer: { issuer } });
  });

  test.each(['https://accounts.google.com', `${GITHUB_ISSUER}.evil.example`, GITHUB_ISSUER.slice(0, -1)])(
    'proves none of %s',
    (issuer) => {
      expect(verified(madeBy(issuer), one)).toMatchObject({
        fault: 'invalid',
        reason: `github does not vouch for identities of ${issuer}`,
      });
    },
  );
});

function asked(predicate: object, predicates: readonly string[]): Believed | Rejected {
  const made = cosignAttestation(world, { by, statement: { subjects: [IMAGE], predicateType: SPDX, predicate } });
  const want = { subjects: [IMAGE], attachment: attachmentOf(made, IMAGE), predicates };
  return verifyAttachment(want, usableTrust(trust), new Date('2026-06-01T00:00:00Z'));
}

describe('a statement is handed on', () => {
  test('where its type was asked for', () => {
    expect(asked({ name: 'shop' }, [SPDX])).toMatchObject({
      statement: { predicateType: SPDX, predicate: { name: 'shop' } },
    });
  });

  test('and not where it was not, or is too large', () => {
    for (const found of [asked({}, []), asked({}, [COSIGN_SIGN]), asked({ name: 'x'.repeat(600_000) }, [SPDX])]) {
      expect(found).toMatchObject({ role: 'attestation' });
      expect(found).not.toHaveProperty('statement', expect.anything());
    }
  });
});

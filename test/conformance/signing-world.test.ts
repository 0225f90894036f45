import { describe, expect, test } from '@jest/globals';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import type { Made } from '../standin/sigstore/attachments.ts';
import { messageBundle, statementBundle } from '../standin/sigstore/bundles.ts';
import { aPerson, aWorkflow } from '../standin/sigstore/identity.ts';
import { aSigningKey, type KeyKind, type SigningKey } from '../standin/sigstore/keys.ts';
import { aGithubProvenance, aSignStatement } from '../standin/sigstore/statements.ts';
import { type SigningWorld, signingWorld } from '../standin/sigstore/world.ts';

const ARTIFACT = Buffer.from('{"schemaVersion":2}');
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const world = signingWorld();
const github = signingWorld({ name: 'github', style: 'github' });
const by = { identity: aWorkflow({ repository: 'acme/shop' }) };
const statement = aSignStatement(DIGEST);

/** sigstore-js, as it is, judges what the stand-in makes. */
function verified(made: Made, { trustedRoot }: SigningWorld, key?: SigningKey) {
  const { logs, certificateLogs, timestamps } = trustedRoot.thresholds;
  const keys = key && {
    [key.fingerprint]: { rawBytes: Buffer.from(key.spki), keyDetails: 0, validFor: { start: new Date(0) } },
  };
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(trustedRoot.json)), keys);
  const options = { tlogThreshold: logs, ctlogThreshold: certificateLogs, timestampThreshold: Math.max(1, timestamps) };
  const bundle = bundleFromJSON(JSON.parse(Buffer.from(made.content).toString()));
  return new Verifier(material, options).verify(toSignedEntity(bundle, ARTIFACT)).identity?.subjectAlternativeName;
}

const SUBJECT = 'https://github.com/acme/shop/.github/workflows/release.yml@refs/tags/v1.2.3';

describe('what the stand-in signs is good to sigstore-js', () => {
  const rows: readonly [string, () => Made, SigningWorld][] = [
    ['a message in Rekor v1', () => messageBundle(world, { by, artifact: ARTIFACT }), world],
    ['a message in Rekor v2', () => messageBundle(world, { by, artifact: ARTIFACT, proof: 'tiles' }), world],
    ['a message in a bundle of 0.1', () => messageBundle(world, { by, artifact: ARTIFACT, version: '0.1' }), world],
    ['a statement in Rekor v1', () => statementBundle(world, { by, statement }), world],
    ['a statement as intoto 0.0.2', () => statementBundle(world, { by, statement, entry: 'intoto-0.0.2' }), world],
    ['a statement in Rekor v2', () => statementBundle(world, { by, statement, proof: 'tiles' }), world],
    [
      'a statement in Rekor v2 as dsse',
      () => statementBundle(world, { by, statement, proof: 'tiles', entry: 'dsse-0.0.2' }),
      world,
    ],
    ['with log and timestamp', () => statementBundle(world, { by, statement, timestamp: true }), world],
    ['in a bundle of 0.2 with a chain', () => statementBundle(world, { by, statement, version: '0.2' }), world],
    [
      'provenance in the private style of GitHub',
      () => statementBundle(github, { by, statement: aGithubProvenance(DIGEST, { repository: 'acme/shop' }) }),
      github,
    ],
  ];
  test.each(rows)('%s', (_name, made, of) => {
    expect(verified(made(), of)).toBe(SUBJECT);
  });

  test('of a person', () => {
    expect(
      verified(messageBundle(world, { by: { identity: aPerson('jo@example.com') }, artifact: ARTIFACT }), world),
    ).toBe('jo@example.com');
  });

  test.each<KeyKind>(['P-256', 'RSA-2048'])('by a key alone: %s', (kind) => {
    const key = aSigningKey(kind);
    expect(() => verified(messageBundle(world, { by: { key }, artifact: ARTIFACT }), world, key)).not.toThrow();
    expect(() => verified(statementBundle(world, { by: { key }, statement }), world, key)).not.toThrow();
  });
});

describe('what is made wrong is refused by sigstore-js', () => {
  const rows: readonly [string, () => Made, string][] = [
    [
      'no promise of a log',
      () => statementBundle(world, { by: { ...by, certificate: { sct: 'none' } }, statement }),
      'SCT',
    ],
    [
      'a log that nobody trusts',
      () => statementBundle(world, { by: { ...by, certificate: { sct: 'other-log' } }, statement }),
      'SCT',
    ],
    [
      'a promise for another certificate',
      () => statementBundle(world, { by: { ...by, certificate: { sct: 'other-certificate' } }, statement }),
      'SCT',
    ],
    [
      'a certificate that had ended',
      () =>
        statementBundle(world, { by: { ...by, certificate: { from: new Date('2026-02-28T00:00:00Z') } }, statement }),
      'not valid or expired|certificate chain',
    ],
    [
      'another signature in the log',
      () => statementBundle(world, { by, statement, logged: { signature: Buffer.from('other') } }),
      'signature mismatch',
    ],
    [
      'a timestamp of other bytes',
      () => statementBundle(world, { by, statement, timestamp: true, stamped: Buffer.from('other') }),
      'timestamp',
    ],
    ['no log', () => statementBundle(world, { by, statement, proof: 'timestamp' }), 'tlog entries'],
    ['of another world', () => statementBundle(signingWorld(), { by, statement }), '.'],
  ];
  test.each(rows)('%s', (_name, made, message) => {
    expect(() => verified(made(), world)).toThrow(new RegExp(message));
  });
});

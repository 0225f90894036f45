import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  attachmentOf,
  cosignAttestation,
  cosignSignature,
  type Made,
} from '../../../test/standin/sigstore/attachments.ts';
import { messageBundle, statementBundle } from '../../../test/standin/sigstore/bundles.ts';
import { aSigningKey, type KeyKind, type SigningKey } from '../../../test/standin/sigstore/keys.ts';
import { anOwnAuthority } from '../../../test/standin/sigstore/own-authority.ts';
import { aSignStatement, SPDX } from '../../../test/standin/sigstore/statements.ts';
import { SIGNED_AT, signingWorld } from '../../../test/standin/sigstore/world.ts';
import type { Believed, Rejected, Trust, TrustedKey } from '../../model/provenance.ts';
import { usableTrust } from './usable-trust.ts';
import { verifyAttachment } from './verify-attachment.ts';

const IMAGE = `sha256:${createHash('sha256').update('image').digest('hex')}`;
const NOW = new Date('2026-06-01T00:00:00Z');
const world = signingWorld();
const statement = aSignStatement(IMAGE);
const NAME = 'keys/release.pub';

function verified(made: Made, trusted: Partial<Trust>): Believed | Rejected {
  const trust: Trust = { roots: [world.trustedRoot], keys: [], authorities: [], ...trusted };
  return verifyAttachment({ subjects: [IMAGE], attachment: attachmentOf(made, IMAGE) }, usableTrust(trust), NOW);
}

function trusting({ pem }: Pick<SigningKey, 'pem'>, more: Partial<TrustedKey> = {}): Partial<Trust> {
  return { keys: [{ name: NAME, pem, needsLog: false, ...more }] };
}

describe('keys', () => {
  const KINDS: readonly KeyKind[] = ['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-4096', 'Ed25519', 'Ed25519ph'];

  test.each(KINDS)('%s: signature, attestation and bundle', (kind) => {
    const key = aSigningKey(kind);
    const by = { key };
    const made = [
      cosignSignature(world, { by, subject: IMAGE, proof: 'none' }),
      cosignAttestation(world, { by, statement, proof: 'none' }),
      statementBundle(world, { by, statement, proof: 'none' }),
    ];
    const signer = { kind: 'key', name: NAME, fingerprint: key.fingerprint };
    for (const one of made)
      expect(verified(one, trusting(key))).toMatchObject({ subject: IMAGE, signer, isLogged: false });
  });

  const MANIFEST = Buffer.from('{"schemaVersion":2}');
  const MANIFEST_DIGEST = `sha256:${createHash('sha256').update(MANIFEST).digest('hex')}`;
  const overManifest = (made: Made, trusted: Partial<Trust>) => {
    const trust: Trust = { roots: [world.trustedRoot], keys: [], authorities: [], ...trusted };
    const attachment = attachmentOf(made, MANIFEST_DIGEST);
    return verifyAttachment(
      { subjects: [MANIFEST_DIGEST], attachment, artifacts: [MANIFEST] },
      usableTrust(trust),
      NOW,
    );
  };

  test.each(KINDS)('%s: a bundle over the manifest, in both logs, and by a certificate', (kind) => {
    const key = aSigningKey(kind);
    const own = anOwnAuthority('acme');
    const stranger = aSigningKey(kind);
    const certificate = { by: { own: own.issue('ada@acme.example', { key }) }, artifact: MANIFEST };
    for (const proof of ['none', 'rekor', 'tiles'] as const) {
      const logged = { isLogged: proof !== 'none' };
      const made = messageBundle(world, { by: { key }, artifact: MANIFEST, proof });
      expect(overManifest(made, trusting(key))).toMatchObject({ signer: { kind: 'key' }, ...logged });
      expect(overManifest(made, trusting(stranger))).toMatchObject({ fault: 'invalid' });
      const { timestampPem: _, ...trusted } = own.trusted;
      const issued = messageBundle(world, { ...certificate, proof, timestamp: false });
      expect(overManifest(issued, { authorities: [trusted] })).toMatchObject({ signer: { root: 'acme' }, ...logged });
      const other = anOwnAuthority('acme').trusted;
      expect(overManifest(issued, { authorities: [{ name: 'acme', pem: other.pem }] })).toMatchObject({
        fault: 'invalid',
      });
    }
  });

  test('RSA with PSS', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const made = cosignSignature(world, { by: { key: aSigningKey() }, subject: IMAGE, proof: 'none' });
    const signature = sign('sha256', made.content, { key: privateKey, padding: 6, saltLength: 32 }).toString('base64');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const own = { ...made, annotations: { 'dev.cosignproject.cosign/signature': signature } };
    expect(verified(own, trusting({ pem }))).toMatchObject({ signer: { kind: 'key' } });
  });

  test.each(['sha384', 'sha512'] as const)('P-256 with %s, where policy says so and only then', (hash) => {
    const key = aSigningKey();
    const made = cosignSignature(world, { by: { key }, subject: IMAGE, proof: 'none', hash });
    expect(verified(made, trusting(key, { hash }))).toMatchObject({ signer: { kind: 'key' } });
    expect(verified(made, trusting(key))).toMatchObject({ fault: 'invalid' });
    expect(verified(made, trusting(key, { hash: 'sha256' }))).toMatchObject({ fault: 'invalid' });
  });

  test('P-384 with SHA-256, as cosign 2 signs', () => {
    const key = aSigningKey('P-384');
    const made = cosignSignature(world, { by: { key }, subject: IMAGE, proof: 'none', hash: 'sha256' });
    expect(verified(made, trusting(key))).toMatchObject({ signer: { kind: 'key' } });
  });

  test('of another key it is not believed', () => {
    const made = cosignSignature(world, { by: { key: aSigningKey() }, subject: IMAGE, proof: 'none' });
    expect(verified(made, trusting(aSigningKey()))).toMatchObject({
      fault: 'invalid',
      reason: expect.stringContaining('by none that is trusted'),
    });
  });

  test('P-A3: a key does not stand in for a certificate, nor a certificate for a key', () => {
    const key = aSigningKey();
    const made = statementBundle(world, { by: { key }, statement });
    expect(verified(made, {})).toMatchObject({ fault: 'invalid' });
    const identity = { issuer: 'https://x', subject: 'ada@x', claims: { 8: 'https://x' } };
    const keyless = statementBundle(world, { by: { identity, key }, statement });
    expect(verified(keyless, { roots: [], ...trusting(key) })).toMatchObject({ fault: 'invalid' });
  });

  test('a log entry proves the time', () => {
    const key = aSigningKey();
    const made = statementBundle(world, { by: { key }, statement });
    expect(verified(made, trusting(key))).toMatchObject({ isLogged: true, signedAt: SIGNED_AT.toISOString() });
    const attested = cosignAttestation(world, { by: { key }, statement });
    expect(verified(attested, trusting(key))).toMatchObject({ isLogged: true, signedAt: SIGNED_AT.toISOString() });
  });

  const NEEDS_LOG: readonly (readonly [string, (key: SigningKey) => Made])[] = [
    ['no entry', (key) => statementBundle(world, { by: { key }, statement, proof: 'none' })],
    ['a timestamp only', (key) => statementBundle(world, { by: { key }, statement, proof: 'timestamp' })],
    [
      'P-C2: an entry of another key',
      (key) => statementBundle(world, { by: { key }, statement, logged: { verifier: { key: aSigningKey() } } }),
    ],
    [
      'an entry of another signature',
      (key) => statementBundle(world, { by: { key }, statement, logged: { signature: Buffer.from('x') } }),
    ],
    ['an entry of a log that nobody trusts', (key) => statementBundle(signingWorld(), { by: { key }, statement })],
  ];

  test.each(NEEDS_LOG)('where a log must hold the signature, not with %s', (_, make) => {
    const key = aSigningKey();
    expect(verified(make(key), trusting(key, { needsLog: true }))).toMatchObject({
      fault: 'invalid',
      reason: expect.stringContaining(`the signature of ${NAME} is in no trusted log`),
    });
  });

  test('where a log must hold the signature, it does', () => {
    const key = aSigningKey();
    for (const proof of ['rekor', 'tiles'] as const)
      expect(
        verified(statementBundle(world, { by: { key }, statement, proof }), trusting(key, { needsLog: true })),
      ).toMatchObject({ isLogged: true });
  });

  test('P-C5: a key that has run out proves what is known to be older', () => {
    const key = aSigningKey();
    const until = (validUntil: string) => trusting(key, { validUntil });
    const logged = statementBundle(world, { by: { key }, statement });
    const stamped = statementBundle(world, { by: { key }, statement, proof: 'timestamp' });
    const plain = statementBundle(world, { by: { key }, statement, proof: 'none' });
    expect(verified(logged, until('2026-04-01T00:00:00Z'))).toMatchObject({ signedAt: SIGNED_AT.toISOString() });
    expect(verified(stamped, until('2026-04-01T00:00:00Z'))).toMatchObject({ signedAt: SIGNED_AT.toISOString() });
    expect(verified(plain, until('2026-04-01T00:00:00Z'))).toMatchObject({ fault: 'invalid' });
    expect(verified(logged, until('2026-02-01T00:00:00Z'))).toMatchObject({ fault: 'invalid' });
    expect(verified(plain, until('2026-07-01T00:00:00Z'))).toMatchObject({ signer: { kind: 'key' } });
    expect(verified(plain, trusting(key, { validFrom: '2026-07-01T00:00:00Z' }))).toMatchObject({ fault: 'invalid' });
  });

  test('P-C5: an entry of the newer log has no time, so the key must be valid now', () => {
    const key = aSigningKey();
    const made = statementBundle(world, { by: { key }, statement, proof: 'tiles', timestamp: false });
    expect(verified(made, trusting(key, { needsLog: true, validUntil: '2026-04-01T00:00:00Z' }))).toMatchObject({
      fault: 'invalid',
    });
    expect(verified(made, trusting(key, { needsLog: true }))).toMatchObject({ isLogged: true });
  });

  test('P-C3: a time that a log names and does not vouch for is none', () => {
    const key = aSigningKey();
    const made = statementBundle(world, {
      by: { key },
      statement,
      edit: ({ verificationMaterial }) => {
        const [entry] = verificationMaterial['tlogEntries'] as { inclusionPromise?: object }[];
        if (entry) delete entry.inclusionPromise;
      },
    });
    expect(verified(made, trusting(key, { validUntil: '2026-04-01T00:00:00Z' }))).toMatchObject({ fault: 'invalid' });
    expect(verified(made, trusting(key))).toMatchObject({ isLogged: true, signedAt: undefined });
  });

  test('P-B1, P-B2: a good signature of something else', () => {
    const key = aSigningKey();
    const other = `sha256:${'1'.repeat(64)}`;
    const made = [
      cosignSignature(world, { by: { key }, subject: other }),
      statementBundle(world, { by: { key }, statement: { subjects: [other], predicateType: SPDX, predicate: {} } }),
    ];
    for (const one of made) expect(verified(one, trusting(key))).toMatchObject({ fault: 'mismatch' });
  });
});

describe('an authority of one\u2019s own', () => {
  const own = anOwnAuthority('acme');
  const { timestampPem: _, ...withoutStamps } = own.trusted;
  const stampedBy = (made: Made): Made => {
    const stamp = Buffer.from(own.stamp(made.signature.signature, SIGNED_AT)).toString('base64');
    const timestamp = { 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: stamp }) };
    return { ...made, annotations: { ...made.annotations, ...timestamp } };
  };
  const signature = (certificate = own.issue('https://acme.example/release')) =>
    cosignSignature(world, { by: { own: certificate }, subject: IMAGE, proof: 'none' });
  const SIGNER = { kind: 'certificate', root: 'acme', subject: 'https://acme.example/release' };

  test('with a timestamp, at its time', () => {
    expect(verified(stampedBy(signature()), { authorities: [own.trusted] })).toMatchObject({
      signer: SIGNER,
      signedAt: SIGNED_AT.toISOString(),
    });
  });

  test('without timestamp authority, valid now', () => {
    expect(verified(signature(), { authorities: [withoutStamps] })).toMatchObject({
      signer: SIGNER,
      signedAt: undefined,
    });
  });

  const until = new Date('2026-04-01T00:00:00Z');
  const OTHERS = anOwnAuthority('acme');
  const ROWS: readonly (readonly [string, () => Made, Partial<Trust>, string])[] = [
    [
      'P-C8: a certificate for clients',
      () => signature(own.issue('ada@acme.example', { usages: ['1.3.6.1.5.5.7.3.2'] })),
      { authorities: [withoutStamps] },
      'signing code',
    ],
    [
      'P-C8: a certificate for encipherment',
      () => signature(own.issue('ada@acme.example', { keyUsage: [2] })),
      { authorities: [withoutStamps] },
      'not one for signatures',
    ],
    [
      'P-C5: a certificate that has run out',
      () => signature(own.issue('ada@acme.example', { until })),
      { authorities: [withoutStamps] },
      'expired',
    ],
    ['no timestamp, where its authority is known', () => signature(), { authorities: [own.trusted] }, 'no timestamp'],
    [
      'P-C6: a timestamp of somebody else',
      () => stampedBy(signature()),
      { authorities: [{ ...own.trusted, timestampPem: OTHERS.trusted.timestampPem }] },
      'timestamp could not be verified',
    ],
    [
      'another authority of the same name',
      () => signature(OTHERS.issue('ada@acme.example')),
      { authorities: [withoutStamps] },
      'it does not hold',
    ],
    [
      'a signature of another key',
      () => ({
        ...signature(),
        content: cosignSignature(world, { by: { key: aSigningKey() }, subject: IMAGE, dockerReference: 'x' }).content,
      }),
      { authorities: [withoutStamps] },
      'not that of its certificate',
    ],
    ['no such authority', () => signature(), {}, 'no trusted root or authority'],
  ];

  test.each(ROWS)('%s', (_name, make, trusted, reason) => {
    expect(verified(make(), trusted)).toMatchObject({ fault: 'invalid', reason: expect.stringContaining(reason) });
  });

  test('a certificate that has run out, and a timestamp from before', () => {
    const made = stampedBy(signature(own.issue('ada@acme.example', { until })));
    expect(verified(made, { authorities: [own.trusted] })).toMatchObject({ signer: { subject: 'ada@acme.example' } });
  });
});

describe('what cannot be used is not trusted, and said', () => {
  const key = aSigningKey();
  const secret = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
  const KEYS: readonly (readonly [string, Partial<TrustedKey>, string])[] = [
    ['a private key', { pem: secret }, 'k is not trusted: it is a PRIVATE KEY, not a PUBLIC KEY in PEM'],
    ['a short key', { pem: weak }, 'k is not trusted: it has 1024 bits, RSA needs 2048'],
    ['a curve of coins', { pem: koblitz }, 'k is not trusted: its curve secp256k1 is none of P-256, P-384, P-521'],
    ['no key', { pem: 'ssh-ed25519 AAAA' }, 'k is not trusted: it holds something that is no PEM'],
    ['two keys', { pem: key.pem + key.pem }, 'k is not trusted: it is not exactly one PEM block'],
    ['a time that is none', { validUntil: 'soon' }, 'k is not trusted: soon is no time'],
  ];

  test.each(KEYS)('%s', (_, more, problem) => {
    const { keys, problems } = usableTrust({
      roots: [],
      authorities: [],
      keys: [{ name: 'k', pem: key.pem, needsLog: false, ...more }],
    });
    expect({ keys, problems }).toEqual({ keys: [], problems: [problem] });
  });

  test('what remains is trusted', () => {
    const keys = [
      { name: 'a', pem: secret, needsLog: false },
      { name: 'b', pem: key.pem, needsLog: false },
    ];
    expect(usableTrust({ roots: [], authorities: [], keys }).keys).toMatchObject([{ name: 'b' }]);
  });

  test('a timestamp authority that is none', () => {
    const own = anOwnAuthority();
    const authorities = [{ ...own.trusted, timestampPem: own.trusted.pem }];
    expect(usableTrust({ roots: [], keys: [], authorities }).problems).toEqual([
      'acme is not trusted: the first certificate of its timestamp authority is not one for timestamps',
    ]);
  });
});
